import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromNested, toNested } from "../array/index.ts";
import { randomStream } from "../random/index.ts";
import { csrFromDense } from "../sparse/index.ts";
import {
  accuracy,
  averagePrecision,
  f1Scores,
  fitLogisticRegression,
  fitMultiLabelLogisticRegression,
  minimizeLbfgs,
  multiLabelF1Scores,
  normalizedMutualInformation,
  randomSplit,
  rocAuc,
  stratifiedSplit,
  topLabels,
} from "./index.ts";

const sklearn = spawnSync("/usr/bin/python3", ["-c", "import sklearn"]).status === 0;

/** Samples of three overlapping classes, and three labels that overlap. */
function sharedInput(): { x: number[][]; y: number[]; labels: number[][] } {
  const random = randomStream(11);
  const x: number[][] = [];
  const y: number[] = [];
  const labels: number[][] = [];
  for (let i = 0; i < 120; i++) {
    const label = i % 3;
    y.push(label);
    x.push(Array.from({ length: 6 }, (_, j) => random.normal() + (j === label ? 1.5 : 0)));
    labels.push([label === 0 ? 1 : 0, x[i]![3]! > 0.3 ? 1 : 0, x[i]![4]! + x[i]![5]! > 0 ? 1 : 0]);
  }
  return { x, y, labels };
}

test("L-BFGS minimises the Rosenbrock function in many dimensions", async () => {
  const rosenbrock = (x: Float64Array, g: Float64Array): number => {
    let value = 0;
    g.fill(0);
    for (let i = 0; i + 1 < x.length; i++) {
      const a = x[i + 1]! - x[i]! ** 2;
      const b = 1 - x[i]!;
      value += 100 * a * a + b * b;
      g[i]! += -400 * x[i]! * a - 2 * b;
      g[i + 1]! += 200 * a;
    }
    return value;
  };
  const start = new Float64Array(20).fill(-1);
  const result = await minimizeLbfgs(rosenbrock, start, { gradientTolerance: 1e-9 });
  expect(result.converged).toBe(true);
  for (const component of result.point) expect(component).toBeCloseTo(1, 7);
  for (let k = 1; k < result.history.length; k++)
    expect(result.history[k]!).toBeLessThanOrEqual(result.history[k - 1]!);
  expect([...start]).toEqual(new Array(20).fill(-1));
});

test("L-BFGS solves random convex quadratics and says when it was stopped early", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1, maxLength: 12 }),
      async (scales) => {
        const f = (x: Float64Array, g: Float64Array): number => {
          let value = 0;
          for (const [i, scale] of scales.entries()) {
            g[i] = scale * (x[i]! - i);
            value += (scale / 2) * (x[i]! - i) ** 2;
          }
          return value;
        };
        const { point, converged } = await minimizeLbfgs(f, new Float64Array(scales.length).fill(50), {
          gradientTolerance: 1e-10,
        });
        expect(converged).toBe(true);
        for (const [i, scale] of scales.entries()) expect(Math.abs(point[i]! - i) * scale).toBeLessThan(1e-9);
      },
    ),
    { numRuns: 30 },
  );
  const stopped = await minimizeLbfgs(
    (x, g) => {
      g[0] = 4 * x[0]! ** 3;
      return x[0]! ** 4;
    },
    Float64Array.of(3),
    { maxIterations: 1 },
  );
  expect(stopped).toMatchObject({ converged: false, iterations: 1 });
  await expect(minimizeLbfgs(() => Number.NaN, Float64Array.of(1))).rejects.toThrow(/not finite/);
});

test.skipIf(!sklearn)("coefficients, predictions and metrics agree with scikit-learn", async () => {
  const { x, y, labels } = sharedInput();
  const program = `
import sys, json, numpy as np, warnings
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.metrics import f1_score, roc_auc_score, average_precision_score, normalized_mutual_info_score, log_loss
warnings.simplefilter("ignore")
d = json.load(sys.stdin); X = np.array(d["x"]); y = np.array(d["y"]); Y = np.array(d["labels"])
m = LogisticRegression(C=1, tol=1e-10, max_iter=10000, solver="newton-cg").fit(X, y)
o = OneVsRestClassifier(LogisticRegression(C=1, tol=1e-10, max_iter=10000, solver="newton-cg")).fit(X, Y)
p = m.predict(X); s = m.decision_function(X)[:, 0]; t = (y == 0).astype(int)
print(json.dumps(dict(coef=m.coef_.tolist(), prob=m.predict_proba(X).tolist(),
  ovr=[e.coef_[0].tolist() for e in o.estimators_], b=[float(e.intercept_[0]) for e in o.estimators_],
  p=p.tolist(), micro=f1_score(y, p, average="micro"), macro=f1_score(y, p, average="macro"),
  multi=[f1_score(Y, o.predict(X), average=a) for a in ("micro", "macro")], pred=o.predict(X).tolist(),
  auc=roc_auc_score(t, np.round(s)), ap=average_precision_score(t, np.round(s)), rounded=np.round(s).tolist(),
  nmi=normalized_mutual_info_score(y, p))))`;
  const run = spawnSync("/usr/bin/python3", ["-c", program], {
    input: JSON.stringify({ x, y, labels }),
    encoding: "utf8",
  });
  const peer = JSON.parse(run.stdout);
  const dense = fromNested(x);
  for (const features of [dense, csrFromDense(dense)]) {
    const model = await fitLogisticRegression(features, y, { gradientTolerance: 1e-9 });
    expect(model.converged).toBe(true);
    const coefficients = toNested(model.coefficients) as number[][];
    for (let j = 0; j < 6; j++)
      for (let k = 0; k < 3; k++) expect(coefficients[j]![k]).toBeCloseTo(peer.coef[k][j], 5);
    const probabilities = toNested(model.probabilities(features)) as number[][];
    for (let i = 0; i < y.length; i++)
      for (let k = 0; k < 3; k++) expect(probabilities[i]![k]).toBeCloseTo(peer.prob[i][k], 5);
    const predicted = model.predict(features);
    expect([...predicted]).toEqual(peer.p);
    expect(f1Scores(y, predicted).micro).toBeCloseTo(peer.micro, 12);
    expect(f1Scores(y, predicted).macro).toBeCloseTo(peer.macro, 12);
    expect(normalizedMutualInformation(y, predicted)).toBeCloseTo(peer.nmi, 12);

    const multi = await fitMultiLabelLogisticRegression(features, csrFromDense(fromNested(labels)), {
      gradientTolerance: 1e-9,
    });
    const ovr = toNested(multi.coefficients) as number[][];
    for (let k = 0; k < 3; k++) {
      for (let j = 0; j < 6; j++) expect(ovr[j]![k]).toBeCloseTo(peer.ovr[k][j], 4);
      expect(multi.intercepts[k]).toBeCloseTo(peer.b[k], 4);
    }
  }
  const scores = multiLabelF1Scores(csrFromDense(fromNested(labels)), csrFromDense(fromNested(peer.pred)));
  expect(scores.micro).toBeCloseTo(peer.multi[0], 12);
  expect(scores.macro).toBeCloseTo(peer.multi[1], 12);
  const first = y.map((label) => (label === 0 ? 1 : 0));
  expect(rocAuc(first, peer.rounded)).toBeCloseTo(peer.auc, 12);
  expect(averagePrecision(first, peer.rounded)).toBeCloseTo(peer.ap, 12);
});

test("one-vs-rest classifies separable classes and its probabilities sum to one", async () => {
  const { x, y } = sharedInput();
  const model = await fitLogisticRegression(
    fromNested(x),
    y.map((label) => 10 * label),
    { loss: "one-vs-rest" },
  );
  expect([...model.classes]).toEqual([0, 10, 20]);
  expect(
    accuracy(
      y.map((label) => 10 * label),
      model.predict(fromNested(x)),
    ),
  ).toBeGreaterThan(0.7);
  for (const row of toNested(model.probabilities(fromNested(x))) as number[][])
    expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
});

test("a stronger penalty gives smaller coefficients", async () => {
  const { x, y } = sharedInput();
  const size = async (C: number): Promise<number> =>
    (await fitLogisticRegression(fromNested(x), y, { C })).coefficients.data.reduce(
      (sum, w) => sum + w * w,
      0,
    );
  expect(await size(0.01)).toBeLessThan(await size(1));
  expect(await size(1)).toBeLessThan(await size(100));
});

test("top labels are the best scores, as many as each sample has", () => {
  const scores = fromNested([
    [0.1, 0.9, 0.9],
    [3, 1, 2],
  ]);
  const chosen = topLabels(scores, [1, 2]);
  expect([...chosen.indptr]).toEqual([0, 1, 3]);
  expect([...chosen.indices]).toEqual([1, 0, 2]);
});

test("known values of the metrics", () => {
  expect(accuracy([1, 2, 3, 3], [1, 2, 1, 3])).toBe(0.75);
  expect(f1Scores([0, 0, 1, 1], [0, 0, 0, 2])).toEqual({ micro: 0.5, macro: (0.8 + 0 + 0) / 3 });
  expect(rocAuc([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1])).toBe(0.75);
  expect(rocAuc([1, 0], [1, 1])).toBe(0.5);
  expect(normalizedMutualInformation([0, 0, 1, 1], [5, 5, 3, 3])).toBeCloseTo(1, 12);
  expect(normalizedMutualInformation([0, 0, 1, 1], [0, 1, 0, 1])).toBeCloseTo(0, 12);
  expect(normalizedMutualInformation([1, 1], [2, 2])).toBe(1);
});

test("splits are partitions, keep class shares, and depend on the seed only", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1, max: 3 }), { minLength: 8, maxLength: 60 }),
      fc.double({ min: 0.05, max: 0.95, noNaN: true }),
      fc.nat(),
      (labels, fraction, seed) => {
        fc.pre(labels.filter((label) => label >= 0).length >= 2);
        const { train, test } = stratifiedSplit(labels, fraction, { seed });
        expect([...train, ...test].sort((a, b) => a - b)).toEqual(
          labels.flatMap((label, i) => (label >= 0 ? [i] : [])),
        );
        for (const label of new Set(labels)) {
          const size = labels.filter((other) => other === label).length;
          if (label < 0 || size < 2) continue;
          const inTrain = train.filter((i) => labels[i] === label).length;
          expect(inTrain).toBeGreaterThanOrEqual(1);
          expect(inTrain).toBeLessThan(size);
          expect(Math.abs(inTrain - fraction * size)).toBeLessThanOrEqual(1);
        }
        expect(stratifiedSplit(labels, fraction, { seed })).toEqual({ train, test });
      },
    ),
  );
  const { train, test } = randomSplit(10, 0.3, { seed: 4 });
  expect(train.length).toBe(3);
  expect([...train, ...test].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("inputs that do not fit are refused by name", async () => {
  const x = fromNested([[1], [2]]);
  await expect(fitLogisticRegression(x, [0])).rejects.toThrow(
    /labels: expected 2 labels, one a sample, got 1/,
  );
  await expect(fitLogisticRegression(x, [1, 1])).rejects.toThrow(/at least 2 classes/);
  await expect(fitLogisticRegression(x, [0, 1.5])).rejects.toThrow(/labels\[1\]/);
  await expect(fitLogisticRegression(fromNested([[Number.NaN], [1]]), [0, 1])).rejects.toThrow(/features/);
  await expect(fitLogisticRegression(x, [0, 1], { C: 0 })).rejects.toThrow(/options.C/);
  // @ts-expect-error misspelt option
  await expect(fitLogisticRegression(x, [0, 1], { c: 1 })).rejects.toThrow(/options.c/);
  expect(() => f1Scores([1], [1, 2])).toThrow(/predicted: expected 1 entries/);
  expect(() => rocAuc([1, 1], [0, 1])).toThrow(/truth/);
  expect(() => topLabels(fromNested([[1, 2]]), [3])).toThrow(/counts\[0\]/);
});
