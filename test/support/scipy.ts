import { execFileSync } from "node:child_process";

/** Pythons that may have SciPy, in the order they are asked. */
const pythons = ["/usr/bin/python3", "python3"];

function find(): string | undefined {
  return pythons.find((python) => {
    try {
      execFileSync(python, ["-c", "import scipy"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
}

const python = find();

/** Whether a Python with SciPy is installed here. */
export const hasScipy = python !== undefined;

/**
 * Runs a Python program that finds `data` parsed from JSON, with numpy as np and scipy imported, and must leave
 * its answer in `answer`: dictionaries, lists, arrays and numbers.
 */
export function scipy(program: string, data: unknown): unknown {
  const source = `
import json, sys
import numpy as np, scipy, scipy.linalg
data = json.load(sys.stdin)
${program}
json.dump(answer, sys.stdout, default=lambda x: x.tolist())
`;
  const answer = execFileSync(python!, ["-c", source], {
    input: JSON.stringify(data),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(answer);
}
