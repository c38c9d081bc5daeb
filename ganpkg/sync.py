"""Brings MLflow up to DVC's record.

python -m ganpkg.sync    makes the runs that are missing, and completes those that lack something

Results that came from DVC's cache or a remote ran no code and so made no run; a run whose
tracking store was gone may lack its end.
"""

from ganpkg import stage
from ganpkg.record import Contents, records
from ganpkg.tracking import end_dead_runs, write
from ganpkg.tracking_store import connect


def main():
    end_dead_runs(*connect())
    done = []
    for record in records(Contents(remote=True)):
        done.append(write(record))
        if done[-1] == "left out":
            print(f"{record.label}: its history.csv is neither in the cache nor in a remote")
        elif done[-1] != "complete":
            print(f"{record.label}: {done[-1]}")
    if not done:
        print("nothing to bring to MLflow: no dvc.lock here, in a commit or in an experiment")
        return
    print(
        f"{len(done)} trainings recorded: {done.count('made')} runs made, "
        f"{done.count('completed')} completed, {done.count('complete')} complete already, "
        f"{done.count('left out')} left out"
    )


if __name__ == "__main__":
    stage.run("sync", main)
