"""asyncssh_true.py HOSTS KNOWN_HOSTS KEY PARALLEL - runs `true` on each host of a file of 'NAME ADDRESS' lines."""

import asyncio
import sys

import asyncssh


async def run(address, options, places):
    async with places:
        async with asyncssh.connect(address, options=options) as connection:
            return (await connection.run("true")).exit_status


async def main(hosts, known_hosts, key, parallel):
    options = asyncssh.SSHClientConnectionOptions(
        username="root", known_hosts=asyncssh.read_known_hosts(known_hosts), client_keys=[asyncssh.read_private_key(key)],
        agent_path=None, config=None)
    places = asyncio.Semaphore(int(parallel))
    with open(hosts, encoding="ascii") as lines:
        addresses = [line.split()[1] for line in lines]
    ends = await asyncio.gather(*(run(address, options, places) for address in addresses), return_exceptions=True)
    failed = [end for end in ends if end != 0]
    print(len(failed), "failed", failed[:1])
    return bool(failed)


sys.exit(asyncio.run(main(*sys.argv[1:])))
