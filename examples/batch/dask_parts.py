"""Parts of a run on a Dask cluster whose workers share a folder and have brownout installed.

    python3 dask_parts.py tcp://scheduler:8786 8 /shared sweep scenario.toml --order 2

then, in that folder: brownout merge part-*.json
"""

import subprocess
import sys

from dask.distributed import Client, as_completed


class EndedEarly(Exception):
    """The part has kept what it has; done again, it goes on."""


def part(number: int, parts: int, folder: str, command: list[str]) -> int:
    """Does one part, and returns its number."""
    own = ["--quiet", "--threads", "1", "--shard", f"{number}/{parts}", "-o", f"part-{number}.json"]
    kept = ["--checkpoint", f"kept-{number}.json", "--resume"]
    done = subprocess.run(["brownout", *command, *own, *kept], cwd=folder, capture_output=True, text=True)
    if done.returncode == 2:
        # Bad input is bad for every part, however often it is tried.
        raise ValueError(done.stderr)
    if done.returncode != 0:
        raise EndedEarly(done.stderr)
    return number


def main() -> int:
    scheduler, parts, folder, *command = sys.argv[1:]
    client = Client(scheduler)
    futures = [
        client.submit(part, number, int(parts), folder, command, retries=3, pure=False)
        for number in range(1, int(parts) + 1)
    ]
    failed = 0
    for future in as_completed(futures):
        try:
            print(f"part {future.result()} is done")
        except ValueError as bad:
            client.cancel(futures)
            print(bad, file=sys.stderr)
            return 2
        except Exception as why:
            failed += 1
            print(f"a part is not done: {why}", file=sys.stderr)
    return 3 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
