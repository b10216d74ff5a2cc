import { InvalidInputError, show } from "../errors.ts";
import { concatBytes } from "./byte-source.ts";
import type { EdgeList, EdgeListFormat } from "./edge-list.ts";
import { EdgeListBuilder, largestId, plainId } from "./edge-list-builder.ts";
import {
  columnNamed,
  decimalNumber,
  delimiterName,
  delimiterOf,
  looksLikeHeader,
  sourceNames,
  targetNames,
  weightNames,
} from "./edge-list-header.ts";

const newline = 10;
const carriageReturn = 13;
const space = 32;
const tab = 9;
const quote = 34;
const zero = 48;

/** A line longer than this is no line of an edge list. */
const longestLine = 1 << 20;
const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const lineEnd = Uint8Array.of(newline);
const decoder = new TextDecoder();

/**
 * Reads an edge list from bytes that come in chunks cut anywhere. Lines of whole-number ids (the usual form
 * of large files) take a path without strings or objects; every other line is split into fields first.
 * Memory beyond the result: one chunk, one line and, for string ids, the distinct labels.
 */
export class EdgeListParser {
  readonly #name: string;
  readonly #nodes: number | undefined;
  readonly #header: boolean | undefined;
  readonly #wanted: EdgeListFormat["columns"];
  readonly #edges = new EdgeListBuilder();
  #carry: Uint8Array = new Uint8Array(0);

  #delimiter = -1;
  /** Fields a line must have; 0 until the format is known. */
  #fields = 0;
  #sourceColumn = 0;
  #targetColumn = 1;
  #weightColumn = -1;
  #fast = false;
  /** The first data line, kept until the second one tells whether it is a header. */
  #first: { bytes: Uint8Array; fields: string[]; line: number } | undefined;

  #bytes = 0;
  #line = 0;
  #comments = 0;
  #blankLines = 0;
  #headerSeen = false;

  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  constructor(name: string, format: EdgeListFormat) {
    this.#name = name;
    this.#nodes = format.nodes;
    this.#header = format.header;
    this.#wanted = format.columns;
    if (format.delimiter !== undefined) this.#delimiter = format.delimiter.charCodeAt(0);
  }

  /** Takes the next bytes; keeps none of the chunk itself. */
  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    const last = chunk.lastIndexOf(newline);
    if (last < 0) {
      this.#carry = concatBytes([this.#carry, chunk]);
      if (this.#carry.length > longestLine) {
        this.#line++;
        this.#refuse(`longer than ${longestLine} bytes: not an edge list`);
      }
      return;
    }
    let start = 0;
    if (this.#carry.length > 0) {
      start = chunk.indexOf(newline) + 1;
      const line = concatBytes([this.#carry, chunk.subarray(0, start)]);
      this.#parse(line, line.length);
    }
    this.#parse(chunk.subarray(start, last + 1), last + 1 - start);
    this.#carry = chunk.slice(last + 1);
  }

  /** Ends the input and gives the result; O(edges + nodes). */
  end(): EdgeList {
    if (this.#carry.length > 0) {
      const line = concatBytes([this.#carry, lineEnd]);
      this.#carry = new Uint8Array(0);
      this.#parse(line, line.length);
    }
    this.#settle(undefined);
    const count = this.#edges.edges;
    if (count === 0)
      throw new InvalidInputError(
        this.#name,
        `no edges: ${this.#bytes === 0 ? "the file is empty" : "found only comments, blank lines or a header"}`,
      );
    const { nodes, source, target, weights, ids, selfLoops } = this.#edges.finish(this.#nodes);
    return {
      nodes,
      source,
      target,
      ...(this.#weightColumn >= 0 ? { weights } : {}),
      ...(ids === undefined ? {} : { ids }),
      report: {
        bytes: this.#bytes,
        lines: this.#line,
        edges: count,
        comments: this.#comments,
        blankLines: this.#blankLines,
        header: this.#headerSeen,
        selfLoops,
      },
    };
  }

  /** Parses complete lines: bytes[0, end) ends with a newline. */
  #parse(bytes: Uint8Array, end: number): void {
    let p = 0;
    while (p < end) {
      this.#line++;
      if (this.#fast) {
        const after = this.#parseNumbers(bytes, p);
        if (after > 0) {
          p = after;
          continue;
        }
      }
      const stop = bytes.indexOf(newline, p);
      this.#parseFields(bytes, p, stop);
      p = stop + 1;
    }
  }

  /**
   * One line of the form `id id` or `id id weight` with plain whole-number ids and a plain decimal weight;
   * returns the start of the next line, or 0 when the line is of another form. Every line ends with a
   * newline, which no digit loop passes, so reads stay inside.
   */
  #parseNumbers(bytes: Uint8Array, start: number): number {
    let p = start;
    let u = 0;
    for (let digit = bytes[p]! - zero; digit >= 0 && digit <= 9; digit = bytes[++p]! - zero)
      u = u * 10 + digit;
    if (p === start || u > largestId || (bytes[start] === zero && p > start + 1)) return 0;
    const second = this.#afterDelimiter(bytes, p);
    if (second === 0) return 0;
    p = second;
    let v = 0;
    for (let digit = bytes[p]! - zero; digit >= 0 && digit <= 9; digit = bytes[++p]! - zero)
      v = v * 10 + digit;
    if (p === second || v > largestId || (bytes[second] === zero && p > second + 1)) return 0;
    let weight = 1;
    if (this.#weightColumn >= 0) {
      p = this.#afterDelimiter(bytes, p);
      if (p === 0) return 0;
      // Digits with at most one point: exact while the digits fit 2^53 and the power of ten 10^22.
      const first = p;
      let mantissa = 0;
      let decimals = 0;
      let point = 0;
      for (; ; p++) {
        const digit = bytes[p]! - zero;
        if (digit >= 0 && digit <= 9) {
          mantissa = mantissa * 10 + digit;
          decimals += point;
        } else if (digit === -2 && point === 0) point = 1;
        else break;
      }
      if (p - first - point === 0 || mantissa > Number.MAX_SAFE_INTEGER || decimals > 22) return 0;
      weight = mantissa / powersOfTen[decimals]!;
    }
    if (bytes[p] === carriageReturn) p++;
    if (bytes[p] !== newline) return 0;
    if (this.#nodes !== undefined && (u >= this.#nodes || v >= this.#nodes)) return 0;
    this.#edges.add(u, v);
    if (this.#weightColumn >= 0) this.#edges.addWeight(weight);
    return p + 1;
  }

  /** Position after the delimiter at p, or 0 when there is none. Spaces and tabs count as one delimiter. */
  #afterDelimiter(bytes: Uint8Array, p: number): number {
    if (this.#delimiter !== space) {
      if (bytes[p] !== this.#delimiter) return 0;
      let q = p + 1;
      while (bytes[q] === space) q++;
      return q;
    }
    let q = p;
    while (bytes[q] === space || bytes[q] === tab) q++;
    return q > p ? q : 0;
  }

  /** One line of any form, bytes[from, to) without its newline. */
  #parseFields(bytes: Uint8Array, from: number, to: number): void {
    let start = from;
    let end = to;
    if (this.#line === 1 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf)
      start += 3;
    while (end > start && isBlank(bytes[end - 1]!) && bytes[end - 1] !== this.#delimiter) end--;
    while (start < end && isBlank(bytes[start]!) && bytes[start] !== this.#delimiter) start++;
    if (this.#delimiter === space) {
      while (end > start && isBlank(bytes[end - 1]!)) end--;
      while (start < end && isBlank(bytes[start]!)) start++;
    }
    if (start === end) {
      this.#blankLines++;
      return;
    }
    const mark = bytes[start];
    if (mark === 35 || mark === 37) {
      this.#comments++;
      return;
    }
    if (this.#delimiter < 0) this.#delimiter = delimiterOf(bytes, start, end);
    let fields = this.#split(bytes, start, end);
    if (this.#fields === 0) {
      const texts = Array.from({ length: fields }, (_, field) => this.#text(bytes, field));
      if (this.#first === undefined) {
        this.#first = {
          bytes: concatBytes([bytes.subarray(start, end), lineEnd]),
          fields: texts,
          line: this.#line,
        };
        return;
      }
      this.#settle(texts);
      fields = this.#split(bytes, start, end);
    }
    if (fields !== this.#fields)
      this.#refuse(
        `expected ${this.#fields} fields separated by ${delimiterName(this.#delimiter)} as in the first line, got ${fields}`,
      );
    this.#addFields(bytes);
  }

  /** Finds the fields of a line; their bounds go to #starts and #ends. Returns their number. */
  #split(bytes: Uint8Array, start: number, end: number): number {
    const delimiter = this.#delimiter;
    let fields = 0;
    let p = start;
    for (;;) {
      while (p < end && isBlank(bytes[p]!) && bytes[p] !== delimiter) p++;
      let q = p;
      if (delimiter !== space && bytes[p] === quote) {
        q++;
        while (q < end && (bytes[q] !== quote || bytes[q + 1] === quote)) q += bytes[q] === quote ? 2 : 1;
        if (q >= end) this.#refuse("a quoted field is not closed");
        q++;
      }
      while (q < end && bytes[q] !== delimiter && !(delimiter === space && bytes[q] === tab)) q++;
      let last = q;
      while (last > p && isBlank(bytes[last - 1]!)) last--;
      this.#starts[fields] = p;
      this.#ends[fields++] = last;
      if (q >= end) return fields;
      p = q + 1;
      if (delimiter === space) {
        while (p < end && isBlank(bytes[p]!)) p++;
      }
    }
  }

  /** The bytes of a field, without its quotes. */
  #content(bytes: Uint8Array, field: number): Uint8Array {
    const start = this.#starts[field]!;
    const end = this.#ends[field]!;
    if (this.#delimiter === space || bytes[start] !== quote) return bytes.subarray(start, end);
    if (end - start < 2 || bytes[end - 1] !== quote) this.#refuse("text after a closing quote");
    const inner = bytes.subarray(start + 1, end - 1);
    return inner.includes(quote) ? new TextEncoder().encode(decode(inner).replaceAll('""', '"')) : inner;
  }

  #text(bytes: Uint8Array, field: number): string {
    return decode(this.#content(bytes, field));
  }

  /**
   * Fixes the format once the second data line (or the end) has been seen: header or not, which columns,
   * weighted or not; then adds the first line's edge if it is one.
   */
  #settle(second: readonly string[] | undefined): void {
    const first = this.#first;
    if (first === undefined || this.#fields > 0) return;
    const current = this.#line;
    this.#line = first.line;
    const named = typeof this.#wanted?.source === "string" || typeof this.#wanted?.target === "string";
    this.#headerSeen = this.#header ?? (named || looksLikeHeader(first.fields, second));
    this.#fields = first.fields.length;
    const names = this.#headerSeen ? first.fields : [];
    if (this.#wanted !== undefined) {
      this.#sourceColumn = this.#column("source", this.#wanted.source, names);
      this.#targetColumn = this.#column("target", this.#wanted.target, names);
      if (this.#wanted.weight !== undefined)
        this.#weightColumn = this.#column("weight", this.#wanted.weight, names);
    } else if (columnNamed(names, sourceNames) >= 0 && columnNamed(names, targetNames) >= 0) {
      this.#sourceColumn = columnNamed(names, sourceNames);
      this.#targetColumn = columnNamed(names, targetNames);
      this.#weightColumn = columnNamed(names, weightNames);
      // A third column of any name is the weight, as it is without a header.
      if (this.#weightColumn < 0 && this.#fields === 3)
        this.#weightColumn = 3 - this.#sourceColumn - this.#targetColumn;
    } else {
      if (this.#fields < 2 || this.#fields > 3)
        this.#refuse(
          `expected 2 or 3 fields (source, target, optional weight) separated by ${delimiterName(this.#delimiter)}, got ${this.#fields}${this.#fields > 3 ? "; say which columns to take" : ""}`,
        );
      if (this.#fields === 3) this.#weightColumn = 2;
    }
    this.#fast =
      this.#sourceColumn === 0 &&
      this.#targetColumn === 1 &&
      this.#fields === (this.#weightColumn === 2 ? 3 : 2) &&
      (this.#weightColumn === 2 || this.#weightColumn === -1);
    if (!this.#headerSeen) {
      this.#split(first.bytes, 0, first.bytes.length - 1);
      this.#addFields(first.bytes);
    }
    this.#line = current;
  }

  #column(role: string, wanted: string | number, names: readonly string[]): number {
    if (typeof wanted === "number") {
      if (wanted >= this.#fields)
        this.#refuse(
          `expected at least ${wanted + 1} fields (${role} in column ${wanted}), got ${this.#fields}`,
        );
      return wanted;
    }
    const column = names.indexOf(wanted);
    if (column < 0)
      this.#refuse(
        `no column ${show(wanted)} for the ${role}; the header names ${names.map(show).join(", ")}`,
      );
    return column;
  }

  #addFields(bytes: Uint8Array): void {
    const source = this.#content(bytes, this.#sourceColumn);
    const target = this.#content(bytes, this.#targetColumn);
    if (source.length === 0) this.#refuse("the source id is empty");
    if (target.length === 0) this.#refuse("the target id is empty");
    const weight = this.#weightColumn < 0 ? 1 : this.#weight(this.#text(bytes, this.#weightColumn));
    if (this.#nodes !== undefined) this.#edges.add(this.#inRange(source), this.#inRange(target));
    else {
      try {
        this.#edges.addText(source, target);
      } catch {
        this.#refuse("an id is not valid UTF-8 text");
      }
      this.#fast &&= !this.#edges.labelled;
    }
    if (this.#weightColumn >= 0) this.#edges.addWeight(weight);
  }

  #weight(text: string): number {
    const weight = Number(text);
    if (text === "") this.#refuse("the weight is empty");
    if (!decimalNumber.test(text) || !Number.isFinite(weight))
      this.#refuse(`expected a finite weight of at least 0, got ${show(text)}`);
    if (weight < 0) this.#refuse(`the weight is negative: ${text}`);
    return weight;
  }

  #inRange(bytes: Uint8Array): number {
    const id = plainId(bytes);
    if (id < 0 || id >= this.#nodes!)
      this.#refuse(`expected a node number from 0 to ${this.#nodes! - 1}, got ${show(decode(bytes))}`);
    return id;
  }

  #refuse(problem: string): never {
    throw new InvalidInputError(`${this.#name}, line ${this.#line}`, problem);
  }
}

function isBlank(byte: number): boolean {
  return byte === space || byte === tab || byte === carriageReturn;
}

function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
