import { InvalidInputError, show } from "../../errors.ts";
import type { ExternalData } from "./tensor.ts";

/**
 * Reads the external tensors of a model from the files beside it. Only regular files inside the model's own
 * folder are read: absolute paths, `..` and links that lead out of it are refused. Node only.
 */
export function externalDataBeside(modelPath: string): ExternalData {
  const fs = nodeModule("node:fs");
  const path = nodeModule("node:path");
  const folder = fs.realpathSync(path.dirname(modelPath));
  return (location, offset, length) => {
    const argument = `external data ${show(location)}`;
    if (
      location === "" ||
      location.includes("\0") ||
      path.posix.isAbsolute(location) ||
      path.win32.isAbsolute(location) ||
      /^[A-Za-z]:/.test(location) ||
      location.split(/[\\/]/).includes("..")
    )
      throw new InvalidInputError(argument, "expected a path inside the model's folder");
    let file: number;
    try {
      const real = fs.realpathSync(path.join(folder, location));
      if (!real.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep))
        throw new InvalidInputError(argument, "is a link out of the model's folder");
      // Checked before opening: opening a pipe would wait for its writer.
      if (!fs.statSync(real).isFile()) throw new InvalidInputError(argument, "is no regular file");
      file = fs.openSync(real, "r");
    } catch (error) {
      if (error instanceof InvalidInputError) throw error;
      throw new InvalidInputError(argument, `cannot be read: ${(error as Error).message}`, { cause: error });
    }
    try {
      const { size } = fs.fstatSync(file);
      const wanted = length ?? size - offset;
      if (offset > size || wanted > size - offset)
        throw new InvalidInputError(
          argument,
          `expected ${wanted} bytes from ${offset} on, but it has ${size} bytes`,
        );
      const bytes = new Uint8Array(wanted);
      let done = 0;
      while (done < wanted) {
        const got = fs.readSync(file, bytes, done, wanted - done, offset + done);
        if (got === 0) throw new InvalidInputError(argument, "became shorter while it was read");
        done += got;
      }
      return bytes;
    } finally {
      fs.closeSync(file);
    }
  };
}

/** Looked up at run time, so that bundles for browsers, which never come here, need no Node modules. */
function nodeModule<Name extends "node:fs" | "node:path">(name: Name) {
  const found = globalThis.process?.getBuiltinModule?.(name);
  if (found === undefined)
    throw new InvalidInputError("model path", "files can be read in Node only; pass the bytes instead");
  return found;
}
