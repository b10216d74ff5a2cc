import {
  compareLatency,
  type Feeds,
  type Latency,
  type ModelSize,
  modelSize,
  multiplyAdds,
  type OnnxModel,
} from "ockham/compression";
import type { Run } from "ockham/paper";
import type { Figure, Series, Table } from "ockham/report";

/** One network in a comparison: how well it does, over seeds, and what it takes. */
export interface Contender {
  readonly method: string;
  /** The setting it was made with, e.g. the rank. */
  readonly setting: string;
  /** Over seeds. */
  readonly metric: readonly number[];
  readonly size: ModelSize;
  readonly multiplyAdds: number;
  /** Of runs on one input, and on 64 (or as many as `batch` says). */
  readonly latency: readonly [one: Latency, batch: Latency];
}

/** Size, multiply-adds and time of networks that differ in size of batch alone. */
export async function measured(
  models: Readonly<Record<string, readonly [one: OnnxModel, batch: OnnxModel]>>,
  feeds: readonly [one: Feeds, batch: Feeds],
  call: ReturnType<Run["stage"]>,
  runs = 200,
): Promise<Record<string, Pick<Contender, "size" | "multiplyAdds" | "latency">>> {
  const pick = (i: 0 | 1) =>
    Object.fromEntries(Object.entries(models).map(([name, pair]) => [name, pair[i]] as const));
  const { signal } = call;
  const one = await compareLatency(pick(0), feeds[0], { runs, ...(signal && { signal }) });
  const many = await compareLatency(pick(1), feeds[1], {
    runs,
    warmUp: Math.min(20, runs),
    ...(signal && { signal }),
  });
  const found: Record<string, Pick<Contender, "size" | "multiplyAdds" | "latency">> = {};
  for (const [name, [single]] of Object.entries(models))
    found[name] = {
      size: modelSize(single),
      multiplyAdds: await multiplyAdds(single, feeds[0]),
      latency: [one[name]!, many[name]!],
    };
  return found;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function deviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** Everything about the contenders, a row each. */
export function contenderTable(
  id: string,
  title: string,
  metric: string,
  batch: number,
  contenders: readonly Contender[],
): Table {
  return {
    id,
    title,
    columns: [
      { name: "method" },
      { name: "setting" },
      { name: metric, digits: 4 },
      { name: "±", digits: 2 },
      { name: "parameters" },
      { name: "not zero" },
      { name: "file", unit: "bytes" },
      { name: "multiply-adds" },
      { name: "one input, median", unit: "ms", digits: 3 },
      { name: "one in 20 above", unit: "ms", digits: 3 },
      { name: `${batch} inputs, median`, unit: "ms", digits: 3 },
      { name: "one in 20 above ", unit: "ms", digits: 3 },
    ],
    rows: contenders.map(
      ({ method, setting, metric: values, size, multiplyAdds: macs, latency: [one, many] }) => [
        method,
        setting,
        mean(values),
        deviation(values),
        size.params,
        size.nonZero,
        size.bytes,
        macs,
        one.p50,
        one.p95,
        many.p50,
        many.p95,
      ],
    ),
  };
}

/** The metric against the size of the file, and against the time of a batch, every method on the same axes. */
export function contenderFigures(
  id: string,
  title: string,
  metric: string,
  batch: number,
  contenders: readonly Contender[],
): Figure[] {
  const methods = [...new Set(contenders.map(({ method }) => method))];
  const series = (x: (contender: Contender) => number): Series[] =>
    methods.map((name) => {
      const own = contenders.filter(({ method }) => method === name).sort((a, b) => x(a) - x(b));
      return {
        name,
        mark: own.length > 1 ? "line" : "points",
        x: own.map(x),
        y: own.map((contender) => mean(contender.metric)),
        low: own.map((contender) => Math.min(...contender.metric)),
        high: own.map((contender) => Math.max(...contender.metric)),
      };
    });
  const y = { label: metric };
  return [
    {
      id: `${id}-size`,
      title: `${title}: ${metric} and size of the file`,
      x: { label: "file", unit: "kB" },
      y,
      series: series(({ size }) => size.bytes / 1000),
    },
    {
      id: `${id}-latency`,
      title: `${title}: ${metric} and measured time`,
      x: { label: `${batch} inputs`, unit: "ms" },
      y,
      series: series(({ latency }) => latency[1].p50),
    },
  ];
}
