/** Not too many at a time. */

/** As many turns as there are; whoever finds none waits, first come, first served. */
export class Turns {
  #left: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#left = count;
  }

  /** Resolves when it is the caller's turn; the caller must `give` it back. */
  async take(): Promise<void> {
    if (this.#left > 0) this.#left -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  give(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#left += 1;
  }
}
