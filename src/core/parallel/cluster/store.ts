import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import { InvalidInputError, requireInteger, show } from "../../errors.ts";
import type { ErrorRecord } from "../task-error.ts";
import { checkFrame, frameOf, type Parts, takeApart } from "./payload.ts";

/** Name of the queue; with the prefix it begins the names of BullMQ's keys. */
export const queueName = "tasks";

/** Seconds after which keys lapse that nobody waits for any more. Pools renew those they wait for. */
export const lifetime = 3600;

/** Segments of at least so many bytes are stored by their hash, once for all inputs that have them. */
const blobBytes = 1 << 16;

/** What BullMQ keeps besides the jobs themselves, except the keys that it lets lapse by itself. */
const queueKeys = [
  "active",
  "completed",
  "delayed",
  "events",
  "failed",
  "id",
  "marker",
  "meta",
  "paused",
  "pc",
  "prioritized",
  "stalled",
  "wait",
  "waiting-children",
];

/** How a task ended, as it travels. */
export type Outcome = { readonly output: unknown } | { readonly error: ErrorRecord };

/** An input ready to be stored. */
export interface StoredInput {
  /** Derived from the task and the input: the same work has the same id wherever it is asked for. */
  readonly id: string;
  readonly frame: Uint8Array;
  /** The large segments by their hashes. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

/** Hashes of memory that does not change while they are kept. */
export type HashMemo = Map<ArrayBufferLike, Map<string, string>>;

/** The keys of one prefix on a server. */
export class Store {
  readonly redis: Redis;
  readonly prefix: string;
  readonly maxBytes: number;

  constructor(redis: Redis, prefix: string, maxBytes: number) {
    this.redis = redis;
    this.prefix = prefix;
    this.maxBytes = maxBytes;
  }

  inputKey(id: string): string {
    return `${this.prefix}:input:${id}`;
  }
  outputKey(id: string): string {
    return `${this.prefix}:output:${id}`;
  }
  /** Exists when nobody wants the task's result any more. */
  cancelKey(id: string): string {
    return `${this.prefix}:cancel:${id}`;
  }
  blobKey(hash: string): string {
    return `${this.prefix}:blob:${hash}`;
  }
  jobKey(id: string): string {
    return `${this.prefix}:${queueName}:${id}`;
  }
  queueKey(part: string): string {
    return `${this.prefix}:${queueName}:${part}`;
  }

  /** Stores an input, the blobs that the server lacks included. */
  async putInput({ id, frame, blobs }: StoredInput): Promise<void> {
    const hashes = [...blobs.keys()];
    const present = await Promise.all(hashes.map((hash) => this.redis.expire(this.blobKey(hash), lifetime)));
    for (const [i, hash] of hashes.entries())
      if (present[i] === 0) await this.#put(this.blobKey(hash), blobs.get(hash)!);
    await this.#put(this.inputKey(id), frame);
  }

  async putOutcome(id: string, frame: Uint8Array): Promise<void> {
    await this.#put(this.outputKey(id), frame);
  }

  async #put(key: string, bytes: Uint8Array): Promise<void> {
    // A copy: sockets do not take shared memory, and commands may wait while the memory is written to.
    await this.redis.set(key, Buffer.from(bytes), "EX", lifetime);
  }

  /** The bytes under a key, unless they are more than may be; undefined without. */
  async get(key: string): Promise<Buffer | undefined> {
    requireSize(key, await this.redis.strlen(key), this.maxBytes);
    return (await this.redis.getBuffer(key)) ?? undefined;
  }

  /** Renews the lifetimes of the queue's own keys and of some others. */
  async renew(keys: Iterable<string>): Promise<void> {
    const pipeline = this.redis.pipeline();
    for (const part of queueKeys) pipeline.expire(this.queueKey(part), lifetime);
    for (const key of keys) pipeline.expire(key, lifetime);
    await pipeline.exec();
  }
}

/** The input of a task for {@link Store.putInput}; refuses more than `maxBytes`. */
export function storedInput(task: string, parts: Parts, maxBytes: number, memo: HashMemo): StoredInput {
  requireSize("input", bytesOf(parts.segments), maxBytes);
  const blobs = new Map<string, Uint8Array>();
  const hashes = parts.segments.map((segment) => {
    if (segment.byteLength < blobBytes) return undefined;
    const hash = hashOf(segment, memo);
    blobs.set(hash, segment);
    return hash;
  });
  const frame = frameOf(parts, hashes);
  requireSize("input", frame.byteLength + bytesOf([...blobs.values()]), maxBytes);
  const id = `t${createHash("sha256").update(task).update("\0").update(frame).digest("hex").slice(0, 40)}`;
  return { id, frame, blobs };
}

/** The frame of what a task gave; refuses what is no plain data, and more than `maxBytes`. */
export function outputFrame(output: unknown, maxBytes: number): Uint8Array {
  const { tree, segments } = takeApart("output", output);
  requireSize("output", bytesOf(segments), maxBytes);
  const frame = frameOf({ tree: { o: { output: tree } }, segments });
  requireSize("output", frame.byteLength, maxBytes);
  return frame;
}

export function errorFrame(error: ErrorRecord): Uint8Array {
  return frameOf(takeApart("error", { error }));
}

/** What a frame of one of the two says, put together anew at every call. */
export function outcomeIn(frame: Uint8Array): Outcome {
  const outcome = checkFrame("output", frame).value(() => undefined);
  if (typeof outcome === "object" && outcome !== null) {
    if ("output" in outcome) return { output: outcome.output };
    if ("error" in outcome && isErrorRecord(outcome.error)) return { error: outcome.error };
  }
  throw new InvalidInputError("output", "is no outcome of a task");
}

/** Refuses inputs and outputs that are larger than may be. */
export function requireSize(argument: string, bytes: number, maxBytes: number): void {
  if (bytes > maxBytes)
    throw new InvalidInputError(
      argument,
      `has ${bytes} bytes; at most ${maxBytes} travel through Redis (options.maxBytes)`,
    );
}

function bytesOf(segments: readonly Uint8Array[]): number {
  return segments.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

function hashOf(segment: Uint8Array, memo: HashMemo): string {
  const hashes = memo.get(segment.buffer) ?? new Map<string, string>();
  memo.set(segment.buffer, hashes);
  const range = `${segment.byteOffset}+${segment.byteLength}`;
  const hash = hashes.get(range) ?? blobHash(segment);
  hashes.set(range, hash);
  return hash;
}

export function blobHash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function isErrorRecord(value: unknown): value is ErrorRecord {
  if (typeof value !== "object" || value === null) return false;
  const { kind, message, stack } = value as Partial<ErrorRecord>;
  return (
    ["InvalidInputError", "NumericalError", "Error"].includes(kind as string) &&
    typeof message === "string" &&
    (stack === undefined || typeof stack === "string")
  );
}

export function requirePrefix(value: unknown): string {
  // A colon is what BullMQ divides the parts of its keys with.
  if (typeof value === "string" && /^[\w.-]{1,64}$/.test(value)) return value;
  throw new InvalidInputError(
    "options.prefix",
    `expected up to 64 letters, digits, dots, dashes or underscores, got ${show(value)}`,
  );
}

export function requireMaxBytes(value: unknown): number {
  return requireInteger("options.maxBytes", value ?? 2 ** 28, 1024, 2 ** 29);
}
