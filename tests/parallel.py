"""Runs work in several threads at once, as several workers would."""

import threading

from django.db import connection


def in_parallel(work, threads=2):
    """The work in several threads at once, each with a connection of its own; returns their results."""
    gate, results, errors = threading.Barrier(threads), [], []

    def run():
        try:
            gate.wait(10)
            results.append(work())
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(60)
    assert errors == []
    return results
