import { createHash, type Hash } from "node:crypto";
import { openFile } from "../io/index.ts";

/** Computes the kind of hash that a pinned hash is of. */
export class PinnedHash {
  readonly #pinned: string;
  readonly #hash: Hash;

  /** `pinned` is `sha256:<hexadecimal>` or `sha512-<base64>`. */
  constructor(pinned: string) {
    this.#pinned = pinned;
    this.#hash = createHash(pinned.slice(0, 6));
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** Ends the computation; the hash in the form of the pinned one. */
  digest(): string {
    const kind = this.#pinned.slice(0, 7);
    return kind + this.#hash.digest(kind.endsWith("-") ? "base64" : "hex");
  }
}

/** Hash of bytes, in the form of `pinned`. */
export function hashOf(bytes: Uint8Array, pinned = "sha256:"): string {
  const hash = new PinnedHash(pinned);
  hash.update(bytes);
  return hash.digest();
}

/** Hash of a file's content, in the form of `pinned`. */
export async function hashOfFile(path: string, pinned = "sha256:"): Promise<string> {
  const hash = new PinnedHash(pinned);
  for await (const chunk of (await openFile(path)).chunks) hash.update(chunk);
  return hash.digest();
}
