import { loadBrown, loadMobyDick } from "ockham/data";
import type { Figure, Run, Table } from "ockham/paper";
import { type TextModel, type TextOutcome, type TextTrial, trainOnText } from "./training.ts";

export interface Texts {
  /** Parameters of the mixer over those of the transformer. */
  readonly parameterRatio: number;
  /** Mean perplexity of the mixer over that of the transformer. */
  readonly perplexityRatio: number;
  readonly bitsM2: number[];
  readonly bitsTransformer: number[];
  /** Points by which the mixer tells masked characters better, a value a seed. */
  readonly maskedGain: number[];
  readonly tables: Table[];
  readonly figures: Figure[];
}

/** Different characters that are kept apart; all others are one. */
const vocabulary = 64;

/** Of 0.002 to 0.015 the rates that after 250 steps told the first half of the held-out text best. */
const rates: Readonly<Record<TextModel, number>> = {
  m2: 0.008,
  "dense m2": 0.008,
  transformer: 0.004,
  "small transformer": 0.004,
};

interface Split {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/** Trains on a novel, told what comes next, and on a corpus, told what is masked. */
export async function texts(run: Run, from: number, to: number): Promise<Texts> {
  const novel = splitByPosition(await loadMobyDick(run.stage("reading Moby Dick", from, from)));
  const brown = await loadBrown(run.stage("reading the Brown corpus", from, from));
  const words = Array.from(brown.tokens.subarray(0, 200_000), (token) => brown.vocabulary[token]!);
  const corpus = splitByPosition(words.join(" "));
  const next = (model: TextModel, seed: number): TextTrial => ({
    ...{ model, seed, objective: "next", vocabulary, width: 128, layers: 4, length: 256 },
    ...{ steps: 600, learningRate: rates[model], ...novel },
  });
  const masked = (model: TextModel, seed: number): TextTrial => ({
    ...{ model, seed, objective: "masked", vocabulary, width: 64, layers: 2, length: 128 },
    ...{ steps: 300, learningRate: rates[model], ...corpus },
  });
  const trials = [
    ...run.seeds.flatMap((seed) => [next("m2", seed), next("transformer", seed)]),
    ...run.seeds.flatMap((seed) => [masked("m2", seed), masked("transformer", seed)]),
    ...(["small transformer", "dense m2"] as const).map((model) => masked(model, run.seed)),
  ];
  let finished = 0;
  const outcomes = await Promise.all(
    trials.map(async (trial) => {
      const outcome = await run.pool.run(trainOnText, trial, { signal: run.signal });
      finished++;
      run.progress(from + ((to - from) * finished) / trials.length, 1, "training");
      return outcome;
    }),
  );
  const of = (objective: TextTrial["objective"], model: TextModel): TextOutcome[] =>
    outcomes.filter((_, i) => trials[i]!.objective === objective && trials[i]!.model === model);
  const [m2, transformer] = [of("next", "m2"), of("next", "transformer")];
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const perplexity = (all: readonly TextOutcome[]): number =>
    mean(all.map(({ bitsPerToken }) => 2 ** bitsPerToken));
  const [own, other] = [of("masked", "m2"), of("masked", "transformer")];
  return {
    parameterRatio: m2[0]!.parameters / transformer[0]!.parameters,
    perplexityRatio: perplexity(m2) / perplexity(transformer),
    bitsM2: m2.map(({ bitsPerToken }) => bitsPerToken),
    bitsTransformer: transformer.map(({ bitsPerToken }) => bitsPerToken),
    maskedGain: own.map(({ accuracy }, i) => 100 * (accuracy - other[i]!.accuracy)),
    tables: [tableOf(trials, outcomes)],
    figures: [curves(m2, transformer)],
  };
}

/** Lower case, white space as single spaces, the most frequent characters by number; the last tenth is held out. */
function splitByPosition(text: string): Split {
  const plain = text.toLowerCase().replace(/\s+/g, " ");
  const counts = new Map<string, number>();
  for (const character of plain) counts.set(character, (counts.get(character) ?? 0) + 1);
  const kept = [...counts].sort((a, b) => b[1] - a[1]).slice(0, vocabulary - 1);
  const numbers = new Map(kept.map(([character], i) => [character, i]));
  const tokens = Int32Array.from([...plain], (character) => numbers.get(character) ?? vocabulary - 1);
  const cut = Math.floor(0.9 * tokens.length);
  return { train: tokens.subarray(0, cut), test: tokens.subarray(cut, cut + 66_000) };
}

function tableOf(trials: readonly TextTrial[], outcomes: readonly TextOutcome[]): Table {
  return {
    id: "texts",
    title:
      "Characters of Moby Dick told by those before, and masked characters of the Brown corpus told by all others",
    columns: [
      ...[{ name: "task" }, { name: "model" }, { name: "seed" }, { name: "parameters", digits: 6 }],
      { name: "held out", unit: "bits" },
      { name: "accuracy", unit: "%", digits: 3 },
      { name: "training", unit: "s", digits: 3 },
    ],
    rows: trials.map(({ objective, model, seed }, i) => {
      const { parameters, bitsPerToken, accuracy, seconds } = outcomes[i]!;
      return [objective, model, seed, parameters, bitsPerToken, 100 * accuracy, seconds];
    }),
  };
}

/** Loss in training, in bits, mean over seeds and ten steps. */
function curves(m2: readonly TextOutcome[], transformer: readonly TextOutcome[]): Figure {
  const steps = m2[0]!.losses.length;
  const places = Array.from({ length: Math.floor(steps / 10) }, (_, i) => 10 * i);
  const line = (name: string, all: readonly TextOutcome[]) => ({
    ...{ name, mark: "line" as const, x: places.map((step) => step + 5) },
    y: places.map((step) => {
      const parts = all.map(({ losses }) => losses.subarray(step, step + 10).reduce((a, b) => a + b) / 10);
      return parts.reduce((a, b) => a + b) / parts.length / Math.LN2;
    }),
  });
  return {
    id: "training",
    title: "Moby Dick by characters, width 128, four layers",
    x: { label: "step" },
    y: { label: "training loss", unit: "bits per character" },
    series: [line("M2", m2), line("transformer", transformer)],
  };
}
