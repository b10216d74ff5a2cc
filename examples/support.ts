import { Presets, SingleBar } from "cli-progress";
import type { Progress } from "ockham";

/** A progress bar with the time left on a terminal, ten lines elsewhere. Returns `onProgress`. */
export function progressBar(label: string): (progress: Progress) => void {
  const bar = process.stderr.isTTY
    ? new SingleBar(
        {
          format: `${label} {bar} {percentage}% | {eta_formatted} left | {stage}`,
          stream: process.stderr,
          hideCursor: true,
        },
        Presets.shades_grey,
      )
    : undefined;
  let told = -1;
  return ({ done, total, stage = "" }) => {
    const tenth = total > 0 ? Math.floor((10 * done) / total) : 10;
    if (bar === undefined) {
      if (tenth > told) process.stderr.write(`${label} ${10 * tenth}% ${stage}\n`);
    } else if (told < 0) bar.start(total, done, { stage });
    else bar.update(done, { stage });
    told = tenth;
    if (done >= total) bar?.stop();
  };
}

/** A whole number from the command line: `numberOption("steps", 2000)` reads `--steps 300`. */
export function numberOption(name: string, fallback: number): number {
  const place = process.argv.indexOf(`--${name}`);
  const value = place < 0 ? fallback : Number(process.argv[place + 1]);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name}: expected a whole number`);
  return value;
}
