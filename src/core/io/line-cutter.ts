import { concatBytes } from "./byte-source.ts";

const newline = 10;

/** What a parser of lines does with one, bytes[start, stop) without its newline. */
export type ParseLine = (bytes: Uint8Array, start: number, stop: number) => void;

/** Cuts bytes that come in chunks of any length into lines, without copying those that lie within one chunk. */
export class LineCutter {
  /** Number of the current line, from 1. */
  line = 0;
  readonly #parse: ParseLine;
  readonly #longest: number;
  readonly #refuse: () => never;
  #carry: Uint8Array = new Uint8Array(0);

  /** `refuse` is called at a line of more than `longest` bytes that has not ended. */
  constructor(parse: ParseLine, longest: number, refuse: () => never) {
    this.#parse = parse;
    this.#longest = longest;
    this.#refuse = refuse;
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    for (let stop = chunk.indexOf(newline); stop >= 0; stop = chunk.indexOf(newline, start)) {
      this.line++;
      if (this.#carry.length > 0) {
        const line = concatBytes([this.#carry, chunk.subarray(start, stop)]);
        this.#carry = new Uint8Array(0);
        this.#parse(line, 0, line.length);
      } else this.#parse(chunk, start, stop);
      start = stop + 1;
    }
    if (start < chunk.length) this.#carry = concatBytes([this.#carry, chunk.subarray(start)]);
    if (this.#carry.length > this.#longest) {
      this.line++;
      this.#refuse();
    }
  }

  /** Parses what follows the last newline. */
  end(): void {
    if (this.#carry.length === 0) return;
    this.line++;
    this.#parse(this.#carry, 0, this.#carry.length);
  }
}
