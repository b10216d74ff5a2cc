import { requireFinite, requireInteger } from "../errors.ts";
import type { Tensor } from "../tensor/index.ts";

/** A value that changes with the number of steps done: a constant, or a function of the step, float32, from 0. */
export type Schedule = number | ((step: Tensor) => Tensor);

/** The schedule's value at a step. */
export function valueAt(schedule: Schedule, step: Tensor): Tensor {
  return typeof schedule === "number" ? step.full([], schedule) : schedule(step);
}

/** From `from` to `to` in a straight line over `steps`, then constant. */
export function linearSchedule(from: number, to: number, steps: number): Schedule {
  requireInteger("steps", steps, 1);
  return (step) =>
    fraction(step, steps)
      .mul(to - from)
      .add(from);
}

/** From `from` to `to` along half a cosine over `steps`, then constant. Loshchilov and Hutter, 2017. */
export function cosineSchedule(from: number, to: number, steps: number): Schedule {
  requireInteger("steps", steps, 1);
  return (step) =>
    fraction(step, steps)
      .mul(Math.PI)
      .cos()
      .add(1)
      .mul((from - to) / 2)
      .add(to);
}

/** Multiplied by `factor` every `steps` steps, in jumps. */
export function stepSchedule(from: number, factor: number, steps: number): Schedule {
  requireInteger("steps", steps, 1);
  requireFinite("factor", factor, 0);
  return (step) => step.div(steps).floor().mul(Math.log(factor)).exp().mul(from);
}

/** Rises from 0 to the schedule's own value over the first `steps`; the schedule starts after them. */
export function warmUp(steps: number, schedule: Schedule): Schedule {
  requireInteger("steps", steps, 1);
  return (step) =>
    step
      .add(1)
      .div(steps)
      .minimum(1)
      .mul(valueAt(schedule, step.sub(steps).maximum(0)));
}

function fraction(step: Tensor, steps: number): Tensor {
  return step.div(steps).minimum(1);
}
