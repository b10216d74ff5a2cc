import { InvalidInputError } from "../../errors.ts";
import { blobHash, type Store } from "./store.ts";

/** Large segments that a worker has fetched, in shared memory for its threads, as many as an input may have. */
export class BlobCache {
  readonly #store: Store;
  /** Least recently used first. */
  readonly #blobs = new Map<string, Promise<SharedArrayBuffer | undefined>>();
  readonly #sizes = new Map<string, number>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The blob of that hash; undefined when the server does not have it. Its contents are checked. */
  async get(hash: string, bytes: number): Promise<SharedArrayBuffer | undefined> {
    const blob = this.#blobs.get(hash) ?? this.#fetch(hash, bytes);
    this.#blobs.delete(hash);
    this.#blobs.set(hash, blob);
    this.#sizes.set(hash, bytes);
    this.#evict(hash);
    let buffer: SharedArrayBuffer | undefined;
    try {
      buffer = await blob;
    } finally {
      if (buffer === undefined) this.#drop(hash);
    }
    return buffer;
  }

  async #fetch(hash: string, bytes: number): Promise<SharedArrayBuffer | undefined> {
    const key = this.#store.blobKey(hash);
    const contents = await this.#store.get(key);
    if (contents === undefined) return undefined;
    if (contents.byteLength !== bytes || blobHash(contents) !== hash)
      throw new InvalidInputError(key, "its contents are not what its name says");
    const buffer = new SharedArrayBuffer(bytes);
    new Uint8Array(buffer).set(contents);
    return buffer;
  }

  #evict(kept: string): void {
    let total = 0;
    for (const size of this.#sizes.values()) total += size;
    for (const hash of [...this.#blobs.keys()]) {
      if (total <= this.#store.maxBytes) return;
      if (hash === kept) continue;
      total -= this.#sizes.get(hash)!;
      this.#drop(hash);
    }
  }

  #drop(hash: string): void {
    this.#blobs.delete(hash);
    this.#sizes.delete(hash);
  }
}
