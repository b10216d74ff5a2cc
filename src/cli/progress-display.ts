import { SingleBar } from "cli-progress";
import type { Progress } from "ockham";
import { type CliContext, printLine } from "./context.ts";

/** Shows how far a long call has come: a bar on a terminal, now and then a line elsewhere. */
export interface ProgressDisplay {
  readonly onProgress: (progress: Progress) => void;
  /** Takes the bar away. Call it in any case, also after an error. */
  stop(): void;
}

export function progressDisplay(context: CliContext, label: string): ProgressDisplay {
  return context.stderr.isTTY === true ? bar(label) : lines(context, label);
}

function bar(label: string): ProgressDisplay {
  const bar = new SingleBar({
    stream: process.stderr,
    format: `${label} {bar} {percentage} % {stage}`,
    barsize: 30,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    clearOnComplete: true,
    // Interrupts are the command's business.
    gracefulExit: false,
  });
  bar.start(1, 0, { stage: "" });
  return {
    onProgress: ({ done, total, stage }) => bar.update(total > 0 ? done / total : 0, { stage: stage ?? "" }),
    stop: () => bar.stop(),
  };
}

/** Milliseconds between two lines of progress. */
const quiet = 5000;

function lines(context: CliContext, label: string): ProgressDisplay {
  let last = performance.now();
  return {
    onProgress: ({ done, total, stage }) => {
      const now = performance.now();
      if (now - last < quiet || total === 0) return;
      last = now;
      const percent = Math.floor((100 * done) / total);
      printLine(context.stderr, `${label}: ${percent} %${stage === undefined ? "" : ` (${stage})`}`);
    },
    stop: () => {},
  };
}
