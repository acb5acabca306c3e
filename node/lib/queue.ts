/** Calls that take turns. */

/** Runs tasks one after another, in the order in which they came. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();
  #length = 0;

  /** Runs a task when all earlier ones have ended, however they ended. A task whose signal aborts before is skipped. */
  async add<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    this.#length += 1;
    const mine = this.#last.then(async () => {
      try {
        signal?.throwIfAborted();
        return await task();
      } finally {
        this.#length -= 1;
      }
    });
    this.#last = mine.catch(() => {});
    return mine;
  }

  /** Runs a task that needs no waiting: now if nothing is waiting or running, else in its turn. */
  inTurn(task: () => void): void {
    if (this.#length === 0) task();
    else void this.add(async () => task());
  }

  /** Runs a task now; throws if others wait or run. */
  now<T>(task: () => T): T {
    if (this.#length > 0) {
      const error = new Error('a sync call while async calls of the same object wait or run: await these first');
      throw Object.assign(error, { code: 'ERR_TRACEZIP_BUSY' });
    }
    return task();
  }
}
