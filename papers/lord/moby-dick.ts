import {
  applyFactors,
  asvdCompress,
  type CompressedModel,
  type Feeds,
  lordCompress,
  type OnnxModel,
  pruneMagnitude,
  svdCompress,
} from "ockham/compression";
import { loadBrown } from "ockham/data";
import type { Figure, Run, Table } from "ockham/paper";
import { randomStream } from "ockham/random";
import { characterModel, codesOf, context, novel, perplexityOf, windows } from "../character-model.ts";
import { type Contender, contenderFigures, contenderTable, mean, measured } from "../compression-summary.ts";

export const keeps = [0.8, 0.6, 0.5, 0.4, 0.3, 0.2];
const batch = 8;
const calibrationWindows = 128;
const testWindows = 200;

export interface TextOutcome {
  /** Perplexity by method and part of the rank, one number a seed; that of the dense network is one number. */
  perplexity(method: string, keep: number): readonly number[];
  readonly dense: number;
  readonly tables: readonly Table[];
  readonly figures: readonly Figure[];
}

/** The character model of Moby Dick, all matrices of its blocks factored by every method. */
export async function mobyDick(run: Run, from: number, to: number): Promise<TextOutcome> {
  const at = (part: number) => from + (to - from) * part;
  const text = await novel(run.stage("Moby Dick", from, from));
  const export_ = await characterModel(text, run.stage("training the character model", at(0), at(0.4)));
  const [model, single, many] = [export_(batch), export_(1), export_(64)];
  const judge = (changed: OnnxModel) => perplexityOf(changed, batch, text.test, testWindows, run.signal);
  const dense = await judge(model);
  const results = new Map<string, number[]>();
  const note = (method: string, keep: number, value: number) => {
    const key = `${method} ${keep}`;
    results.set(key, [...(results.get(key) ?? []), value]);
  };
  const layers = "params.blocks.*";
  const timed: Record<string, readonly [OnnxModel, OnnxModel]> = { "dense 1": [single, many] };
  results.set("dense 1", [dense]);
  const brown = codesOf(await brownText(run), text.alphabet);
  let done = 0;
  for (const [i, seed] of run.seeds.entries()) {
    const calibration = calibrationOf(text.train, seed);
    const foreign = calibrationOf(brown, seed);
    for (const keep of keeps) {
      // Also where the factors of a square matrix take more room than it: ranks are compared, and sizes stated.
      const options = {
        layers,
        rank: { kind: "ratio", keep },
        beyondBreakEven: true,
        signal: run.signal,
      } as const;
      const made: Record<string, CompressedModel> = {
        LoRD: await lordCompress(model, calibration, options),
        "LoRD, calibrated on other texts": await lordCompress(model, foreign, options),
        "SVD weighed by inputs": await asvdCompress(model, calibration, options),
        // Needs no data: the same for every seed.
        ...(i === 0 && { "truncated SVD": await svdCompress(model, options) }),
      };
      for (const [method, { model: changed, replaced }] of Object.entries(made)) {
        note(method, keep, await judge(changed));
        if (i === 0 && !method.includes("other texts"))
          timed[`${method} ${keep}`] = [applyFactors(single, replaced), applyFactors(many, replaced)];
      }
      if (i === 0) {
        const report = new Map(made.LoRD!.report.map(({ name, params }) => [name, params] as const));
        const part = (name: string) => Math.min(1, report.get(name)![1] / report.get(name)![0]);
        const prune = (other: OnnxModel) => pruneMagnitude(other, { layers, keep: part });
        note("pruned by magnitude", keep, await judge(prune(model)));
        timed[`pruned by magnitude ${keep}`] = [prune(single), prune(many)];
      }
      done++;
      run.progress(at(0.4 + (0.4 * done) / (run.seeds.length * keeps.length)), 1, `rank ${keep}`);
    }
  }
  const feeds = (count: number) => ({
    text: windows(
      text.test,
      Array.from({ length: count }, (_, i) => i * context),
      0,
    ),
  });
  const facts = await measured(timed, [feeds(1), feeds(64)], run.stage("timing", at(0.8), to), 40);
  const contenders = Object.entries(facts).map(([key, own]): Contender => {
    const cut = key.lastIndexOf(" ");
    const keep = key.slice(cut + 1);
    return {
      method: key.slice(0, cut),
      setting: keep === "1" ? "" : `${keep} of the rank`,
      metric: results.get(key)!,
      ...own,
    };
  });
  const title = "Character model of Moby Dick, all matrices of the blocks factored";
  return {
    perplexity: (method, keep) => results.get(`${method} ${keep}`)!,
    dense,
    tables: [contenderTable("moby-dick", title, "perplexity", 64, contenders), foreignTable(results)],
    figures: contenderFigures("moby-dick", title, "perplexity", 64, contenders),
  };
}

function calibrationOf(text: BigInt64Array, seed: number): Feeds[] {
  const stream = randomStream(seed, "calibration windows");
  return Array.from({ length: calibrationWindows / batch }, () => ({
    text: windows(
      text,
      Array.from({ length: batch }, () => stream.integer(text.length - context - 1)),
      0,
    ),
  }));
}

/** The Brown corpus as running text. */
async function brownText({ signal }: Run): Promise<string> {
  const { tokens, vocabulary } = await loadBrown({ signal });
  return Array.from(tokens.subarray(0, 200_000), (word) => vocabulary[word]!).join(" ");
}

function foreignTable(results: ReadonlyMap<string, readonly number[]>): Table {
  return {
    id: "calibration",
    title: "Perplexity on Moby Dick by what LoRD is calibrated on",
    columns: [
      { name: "part of the rank" },
      { name: "Moby Dick" },
      { name: "Brown corpus" },
      { name: "truncated SVD, no data" },
    ],
    rows: keeps.map((keep) => [
      keep,
      mean(results.get(`LoRD ${keep}`)!),
      mean(results.get(`LoRD, calibrated on other texts ${keep}`)!),
      mean(results.get(`truncated SVD ${keep}`)!),
    ]),
  };
}
