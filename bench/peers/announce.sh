# For the start of a server that does not say where it listens, to be sourced:
# chooses `port`, and prints `listening on ADDRESS:PORT` once somebody listens
# there, which is to be what this process executes.

is_open() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Below the ports that the kernel gives away.
port=$((RANDOM % 10000 + 20000))
while is_open "$port"; do
  port=$((RANDOM % 10000 + 20000))
done
{
  until is_open "$port"; do
    kill -0 $$
    sleep 0.02
  done
  echo "listening on 127.0.0.1:$port"
} &
