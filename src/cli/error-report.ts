import { CommanderError } from "commander";
import { InvalidInputError, NumericalError } from "ockham";
import { DatasetUnavailableError } from "ockham/data";
import { exitStatus } from "./context.ts";

/** What is told of an error, and the exit status that it ends with. */
export function reportOf(error: unknown): { readonly status: number; readonly text: string } {
  // Commander has printed its errors, and its help, by itself.
  if (error instanceof CommanderError)
    return { status: error.exitCode === 0 ? exitStatus.ok : exitStatus.badInput, text: "" };
  if (error instanceof InvalidInputError)
    return { status: exitStatus.badInput, text: error.message.replace(/^options\.(\w+)/, optionFlag) };
  if (error instanceof NumericalError || error instanceof DatasetUnavailableError)
    return { status: exitStatus.unmet, text: error.message };
  // What the operating system refused: a full disk, too many open files, a path that cannot be written.
  if (error instanceof Error && "syscall" in error)
    return { status: exitStatus.badInput, text: error.message };
  if (error instanceof Error)
    return { status: exitStatus.internal, text: `unexpected error: ${error.stack ?? error.message}` };
  return { status: exitStatus.internal, text: `unexpected error: ${String(error)}` };
}

/** An option of a method as the flag that sets it: `options.normalizeHops` is `--normalize-hops`. */
function optionFlag(_match: string, name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A message of commander's in one line. */
export function oneLine(message: string): string {
  return message
    .trim()
    .replace(/^error: /, "")
    .replaceAll(/\s*\n\s*/g, " ");
}
