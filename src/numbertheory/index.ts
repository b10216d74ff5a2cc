export { type ClosedForm, closedForm } from "./closed-form.ts";
export {
  type Conjecture,
  type EsmaOptions,
  type EsmaResult,
  esmaSearch,
  extendByRecurrence,
} from "./esma.ts";
export { fromSimple, toSimple } from "./fold.ts";
export {
  type Coefficients,
  type EnumerateLeftSidesOptions,
  enumerateLeftSides,
  evaluateLeftSide,
  type FractionInterval,
  type LeftSide,
  leftSideText,
} from "./left-side.ts";
export { type PolynomialFraction, toPolynomialFraction } from "./polynomial-fraction.ts";
export {
  type Sign,
  type SignedContinuedFraction,
  signedContinuedFraction,
  signPeriods,
} from "./signed-continued-fraction.ts";
