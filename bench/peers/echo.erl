%% What does an echo of length-prefixed frames cost on Erlang? A process for each
%% connection; the runtime cuts frames ({packet, 4}) and puts the length before
%% each answer. A peer for `echo_bench`:
%%
%%   erlc -o DIR bench/peers/echo.erl
%%   erl +S 1:1 +sbwt none -noshell -pa DIR -s echo start
-module(echo).
-export([start/0]).

%% Frames that may come before the process must ask for more.
-define(FRAMES_MAX, 100).

start() ->
    {ok, Listener} = gen_tcp:listen(0, [binary, {ip, {127, 0, 0, 1}}, {packet, 4},
                                        {active, false}, {nodelay, true},
                                        {backlog, 4096}]),
    {ok, Port} = inet:port(Listener),
    io:format("listening on 127.0.0.1:~B~n", [Port]),
    accept(Listener).

accept(Listener) ->
    {ok, Socket} = gen_tcp:accept(Listener),
    Server = spawn(fun() -> receive ready -> serve(Socket) end end),
    ok = gen_tcp:controlling_process(Socket, Server),
    Server ! ready,
    accept(Listener).

serve(Socket) ->
    ok = inet:setopts(Socket, [{active, ?FRAMES_MAX}]),
    answer(Socket).

answer(Socket) ->
    receive
        {tcp, Socket, Payload} ->
            gen_tcp:send(Socket, Payload),
            answer(Socket);
        {tcp_passive, Socket} ->
            serve(Socket);
        {tcp_closed, Socket} ->
            ok;
        {tcp_error, Socket, _} ->
            ok
    end.
