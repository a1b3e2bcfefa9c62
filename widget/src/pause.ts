/** Waiting that grows with each failure, and that can be cut short. */

const FIRST = 500;
const LONGEST = 15_000;

export class Pause {
  private failures = 0;
  private readonly sleepers = new Set<() => void>();

  /** How long to wait after one more failure: doubling, with jitter so that clients spread out. */
  next(): number {
    const ceiling = Math.min(LONGEST, FIRST * 2 ** this.failures);
    this.failures += 1;
    return ceiling * (0.5 + Math.random() / 2);
  }

  reset(): void {
    this.failures = 0;
  }

  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const wakeUp = (): void => {
        clearTimeout(timer);
        this.sleepers.delete(wakeUp);
        resolve();
      };
      const timer = setTimeout(wakeUp, milliseconds);
      this.sleepers.add(wakeUp);
    });
  }

  /** Go on at once. */
  wake(): void {
    for (const wakeUp of this.sleepers) wakeUp();
  }
}
