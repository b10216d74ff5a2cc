import { InvalidInputError, show } from "../errors.ts";
import { decimal, wholeNumber } from "./decimal.ts";
import { GrowingArray } from "./growing-array.ts";
import type { LabelledRows } from "./libsvm.ts";
import { LineCutter } from "./line-cutter.ts";

const carriageReturn = 13;
const space = 32;
const tab = 9;
const hash = 35;
const colon = 58;

/** A line longer than this is no row of features. */
const longestLine = 1 << 26;
const mostIndex = 2147483646;
const decoder = new TextDecoder();

/** Reads LIBSVM text from bytes that come in chunks cut anywhere. One pass over the bytes, no string a number. */
export class LibsvmParser {
  readonly #name: string;
  readonly #zeroBased: boolean | "auto";
  readonly #columns: number | undefined;
  readonly #lines = new LineCutter(
    (bytes, start, stop) => this.#parseLine(bytes, start, stop),
    longestLine,
    () => this.#refuse(`longer than ${longestLine} bytes: not a row of features`),
  );
  #smallest = Number.POSITIVE_INFINITY;
  #largest = -1;
  #largestLine = 0;
  readonly #indptr = new GrowingArray((length) => new Int32Array(length));
  readonly #indices = new GrowingArray((length) => new Int32Array(length));
  readonly #values = new GrowingArray((length) => new Float64Array(length));
  readonly #labels = new GrowingArray((length) => new Float64Array(length));
  readonly #queries = new GrowingArray((length) => new Int32Array(length));
  #rows = 0;
  #queried = 0;
  #entries = 0;

  constructor(name: string, zeroBased: boolean | "auto", columns: number | undefined) {
    this.#name = name;
    this.#zeroBased = zeroBased;
    this.#columns = columns;
    this.#indptr.push(0);
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): LabelledRows {
    this.#lines.end();
    if (this.#rows === 0)
      throw new InvalidInputError(this.#name, "holds no row; expected label index:value ...");
    const base = this.#zeroBased === true || (this.#zeroBased === "auto" && this.#smallest === 0) ? 0 : 1;
    const indices = this.#indices.join();
    if (base === 1) for (let k = 0; k < indices.length; k++) indices[k]!--;
    const cols = this.#columns ?? this.#largest + 1 - base;
    if (this.#largest - base >= cols) {
      this.#lines.line = this.#largestLine;
      this.#refuse(`index ${this.#largest} lies outside the ${cols} columns asked for`);
    }
    return {
      features: {
        rows: this.#rows,
        cols: Math.max(cols, 0),
        indptr: this.#indptr.join(),
        indices,
        data: this.#values.join(),
      },
      labels: this.#labels.join(),
      ...(this.#queried > 0 ? { queries: this.#queries.join() } : {}),
    };
  }

  #parseLine(bytes: Uint8Array, start: number, stop: number): void {
    let p = skipBlanks(bytes, start, stop);
    if (p === stop || bytes[p] === hash) return;
    let end = fieldEnd(bytes, p, stop);
    const label = decimal(bytes, p, end);
    if (!Number.isFinite(label))
      this.#refuse(`expected a number as label, got ${show(decoder.decode(bytes.subarray(p, end)))}`);
    this.#labels.push(label);
    p = skipBlanks(bytes, end, stop);
    let previous = -1;
    for (let first = true; p < stop && bytes[p] !== hash; first = false) {
      end = fieldEnd(bytes, p, stop);
      const field = () => show(decoder.decode(bytes.subarray(p, end)));
      let middle = p;
      while (middle < end && bytes[middle] !== colon) middle++;
      if (middle === end || middle === p) this.#refuse(`expected index:value, got ${field()}`);
      if (first && isQid(bytes, p, middle)) {
        const query = wholeNumber(bytes, middle + 1, end);
        if (middle + 1 === end || !(query <= 2147483647))
          this.#refuse(`expected qid: and a whole number, got ${field()}`);
        this.#queries.push(query);
        this.#queried++;
      } else {
        const index = wholeNumber(bytes, p, middle);
        if (!(index <= mostIndex)) this.#refuse(`expected a whole index before the colon, got ${field()}`);
        if (index === 0 && this.#zeroBased === false) this.#refuse("index 0; expected indices from 1");
        if (index <= previous)
          this.#refuse(`index ${index} comes after ${previous}; expected indices that ascend`);
        const value = middle + 1 < end ? decimal(bytes, middle + 1, end) : Number.NaN;
        if (!Number.isFinite(value)) this.#refuse(`expected a finite value after the colon, got ${field()}`);
        previous = index;
        if (index < this.#smallest) this.#smallest = index;
        if (index > this.#largest) {
          this.#largest = index;
          this.#largestLine = this.#lines.line;
        }
        this.#indices.push(index);
        this.#values.push(value);
        this.#entries++;
      }
      p = skipBlanks(bytes, end, stop);
    }
    this.#rows++;
    if (this.#queried !== 0 && this.#queried !== this.#rows)
      this.#refuse("expected qid: in every row or in none");
    this.#indptr.push(this.#entries);
  }

  #refuse(problem: string): never {
    throw new InvalidInputError(`${this.#name}, line ${this.#lines.line}`, problem);
  }
}

function skipBlanks(bytes: Uint8Array, start: number, stop: number): number {
  let p = start;
  while (p < stop && isBlank(bytes[p]!)) p++;
  return p;
}

function fieldEnd(bytes: Uint8Array, start: number, stop: number): number {
  let p = start;
  while (p < stop && !isBlank(bytes[p]!)) p++;
  return p;
}

function isBlank(byte: number): boolean {
  return byte === space || byte === tab || byte === carriageReturn;
}

function isQid(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 3 && bytes[start] === 113 && bytes[start + 1] === 105 && bytes[start + 2] === 100;
}
