/** Found positions, by falling score; of equal scores, lower positions first. */
export interface Hits {
  readonly ids: Int32Array;
  readonly scores: Float64Array;
}

/** Keeps the `size` best of the offered positions in a heap whose root is the worst of them. O(log size) each. */
export class TopSelection {
  readonly #ids: Int32Array;
  readonly #scores: Float64Array;
  #held = 0;

  constructor(size: number) {
    this.#ids = new Int32Array(size);
    this.#scores = new Float64Array(size);
  }

  offer(id: number, score: number): void {
    if (this.#held < this.#ids.length) {
      let at = this.#held++;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!this.#worse(id, score, parent)) break;
        this.#move(parent, at);
        at = parent;
      }
      this.#ids[at] = id;
      this.#scores[at] = score;
      return;
    }
    if (this.#held === 0 || this.#worse(id, score, 0)) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#held) break;
      if (child + 1 < this.#held && this.#worse(this.#ids[child + 1]!, this.#scores[child + 1]!, child))
        child++;
      if (this.#worse(id, score, child)) break;
      this.#move(child, at);
      at = child;
    }
    this.#ids[at] = id;
    this.#scores[at] = score;
  }

  hits(): Hits {
    const order = Array.from({ length: this.#held }, (_, k) => k).sort(
      (a, b) => this.#scores[b]! - this.#scores[a]! || this.#ids[a]! - this.#ids[b]!,
    );
    return {
      ids: Int32Array.from(order, (k) => this.#ids[k]!),
      scores: Float64Array.from(order, (k) => this.#scores[k]!),
    };
  }

  #worse(id: number, score: number, than: number): boolean {
    const other = this.#scores[than]!;
    return score < other || (score === other && id > this.#ids[than]!);
  }

  #move(from: number, to: number): void {
    this.#ids[to] = this.#ids[from]!;
    this.#scores[to] = this.#scores[from]!;
  }
}
