"""`python -m tests.golden`: write the kept timelines anew."""

from __future__ import annotations

from tests.golden.bank import Bank
from tests.golden.stories import STORIES, TIMELINES, WEALTH
from tests.golden.test_timelines import plan_of, told
from tests.postgres import Cluster


def main() -> None:
    cluster = Cluster()
    try:
        bank = Bank(cluster, plan_of(WEALTH)).build()
        TIMELINES.mkdir(exist_ok=True)
        for story in STORIES:
            story.path.write_text("\n".join(told(story, bank)[1]) + "\n", encoding="utf-8")
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
