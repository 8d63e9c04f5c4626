"""M/M/c for cimba, which reads the annotations of a class when it is made, and so needs them as objects."""

import cimba as cb
from cimba import inputs


def model(*, servers: int, arrivals: float) -> cb.Model:
    """Poisson calls at a rate, exponential service of mean one, everybody waits."""

    class Queue(cb.Model):
        between: cb.Input[float] = inputs.dist.exponential(mean=1 / arrivals)
        service: cb.Input[float] = inputs.dist.exponential(mean=1)
        queue: cb.Container
        waiting: cb.Output[float]

        @cb.process
        def calls(self) -> None:
            while True:
                cb.hold(self.between.next())
                self.queue.put(1)

        @cb.process(copies=servers)
        def server(self) -> None:
            while True:
                self.queue.get(1)
                cb.hold(self.service.next())

        @cb.on_end
        def measure(self) -> None:
            self.waiting = self.queue.mean_level()

    return Queue()
