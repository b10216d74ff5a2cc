import { InvalidInputError, requireFinite, requireKnownOptions, show } from "../errors.ts";
import type { LongCallOptions } from "../progress.ts";
import { type Controls, controlValues, type ValuesOf } from "./control.ts";
import { requireFrame } from "./require-frame.ts";
import type { Frame, ViewOutline } from "./view.ts";

/** What a demo is given besides the values of its controls. */
export interface DemoContext extends Required<Pick<LongCallOptions, "signal" | "onProgress">> {
  /** Bytes of `papers/<id>/assets/<name>`. */
  asset(name: string): Promise<Uint8Array>;
}

/**
 * A method at work on a problem of a few seconds, beside its baseline. The controls decide everything: the same values
 * give the same frames on every machine, save what is marked as timed.
 */
export interface Demo<C extends Controls = Controls> {
  /** What to try and what to look for, in two or three sentences. */
  readonly says: string;
  readonly controls: C;
  /** The views of the last frame in their order, for the controls' own values: their places are kept from the start. */
  readonly shows: readonly ViewOutline[];
  /**
   * Computes frame after frame; the next is asked for when the reader wants to see it. The last one has
   * `done === total` and is the result.
   */
  run(values: ValuesOf<C>, context: DemoContext): AsyncGenerator<Frame, void, void>;
}

/** Checks that the controls of a demo are complete, and returns it. */
export function defineDemo<const C extends Controls>(demo: Demo<C>): Demo<C> {
  requireKnownOptions("demo", demo, ["says", "controls", "shows", "run"]);
  if (typeof demo.says !== "string" || demo.says.trim() === "")
    throw new InvalidInputError("demo.says", `expected text, got ${show(demo.says)}`);
  if (demo.shows.length === 0) throw new InvalidInputError("demo.shows", "expected at least one view");
  for (const [name, control] of Object.entries(demo.controls)) {
    if (control.kind === "number")
      requireFinite(
        `demo.controls.${name}.min`,
        control.min,
        control.scale === "log" ? Number.MIN_VALUE : undefined,
      );
    // A value of its own passes the check of each control.
    if (control.kind !== "file") controlValues({ [name]: control }, { [name]: control.value });
  }
  return demo;
}

/**
 * Frames of a demo for the values given, with the controls' own values for the rest, each frame checked.
 *
 * @throws InvalidInputError naming the control whose value is refused
 */
export async function* runDemo<C extends Controls>(
  demo: Demo<C>,
  given: Readonly<Record<string, unknown>>,
  context: DemoContext,
): AsyncGenerator<Frame, void, void> {
  const values = controlValues(demo.controls, given);
  let count = 0;
  let complete = false;
  for await (const frame of demo.run(values, context)) {
    context.signal.throwIfAborted();
    yield requireFrame(`frame ${++count}`, frame);
    complete = frame.done === frame.total;
  }
  if (!complete) throw new InvalidInputError("demo.run", "expected a last frame whose done is its total");
}
