import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { PaperPage } from "../../content/content.ts";
import { formatSeconds } from "../format.ts";
import { saveFile } from "../save-file.ts";
import { Outline } from "../views/outline.tsx";
import { ViewOf } from "../views/view.tsx";
import { ControlOf } from "./control.tsx";
import { DemoPlayer } from "./demo-player.ts";

/** A slider that rests for so many milliseconds is where the reader wants it. */
const settled = 300;

type Values = Readonly<Record<string, unknown>>;

/** Controls, buttons and frames of a demo: the same for all. */
export function DemoPanel({ id, demo }: { id: string; demo: NonNullable<PaperPage["demo"]> }) {
  const player = useMemo(() => new DemoPlayer(id), [id]);
  const values = useSignal<Values>(initialValues(demo));
  const changed = useSignal(false);
  const soon = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(
    () => () => {
      clearTimeout(soon.current);
      player.stop();
    },
    [player],
  );

  const state = player.state.value;
  const busy = state === "running" || state === "stepping";
  const started = busy || state === "paused";
  const frame = player.frame.value;
  const progress = player.progress.value;
  const start = (once = false): void => {
    clearTimeout(soon.current);
    changed.value = false;
    player.start(values.value, once);
  };
  const change = (name: string, value: unknown): void => {
    values.value = { ...values.value, [name]: value };
    clearTimeout(soon.current);
    // What runs follows its sliders; what is typed, drawn or dropped waits until the reader has finished.
    const follows = ["number", "choice"].includes(demo.controls[name]!.kind);
    if (follows && (state === "running" || state === "done")) soon.current = setTimeout(start, settled);
    else changed.value = started || state === "done";
  };

  return (
    <div class="demo">
      <p class="demo-says">{demo.says}</p>
      <div class="demo-grid">
        <form
          class="controls"
          aria-label="Controls of the demo"
          onSubmit={(event) => {
            event.preventDefault();
            start();
          }}
        >
          {Object.entries(demo.controls).map(([name, control]) => (
            <ControlOf
              key={name}
              name={name}
              control={control}
              value={values.value[name]}
              onChange={(value) => change(name, value)}
            />
          ))}
          <div class="buttons">
            <button type="submit" class="primary">
              {state === "idle" ? "Start" : "Restart"}
            </button>
            {state === "running" ? (
              <button type="button" onClick={() => player.pause()}>
                Pause
              </button>
            ) : (
              <button type="button" disabled={state !== "paused"} onClick={() => player.resume()}>
                Resume
              </button>
            )}
            <button
              type="button"
              disabled={busy}
              onClick={() => (state === "paused" ? player.resume(true) : start(true))}
            >
              Step
            </button>
            <button type="button" disabled={!started} onClick={() => player.stop()}>
              Stop
            </button>
          </div>
        </form>
        <div class="stage">
          <div class="status">
            <progress
              aria-label="Progress of the demo"
              max={progress?.total || 1}
              value={state === "idle" ? 0 : (progress?.done ?? (busy ? undefined : 0))}
            />
            <p role="status">
              <span>{statusText(state, progress?.stage)}</span>
              {changed.value && <span class="changed">Settings changed: restart to apply them.</span>}
            </p>
            <span class="elapsed">
              <span class="visually-hidden">Time spent computing: </span>
              {formatSeconds(player.elapsed.value / 1000)}
            </span>
          </div>
          {state === "failed" && (
            <p class="failure" role="alert">
              {player.error}
            </p>
          )}
          {frame === undefined ? (
            <div class="views waiting" aria-hidden="true">
              {demo.shows.map((outline, i) => (
                <Outline key={i} outline={outline} />
              ))}
              <p class="invitation">{busy ? "Computing…" : "Press Start: it runs here, on your machine."}</p>
            </div>
          ) : (
            <div class={`views ${player.stale.value ? "stale" : ""}`}>
              {frame.views.map((view, i) => (
                <ViewOf key={`${i} ${view.kind}`} view={view} file={`${id}-${i + 1}`} />
              ))}
              {/* What the last frame will add has its place from the first. */}
              {busy &&
                demo.shows
                  .slice(frame.views.length)
                  .map((outline) => <Outline key={outline.title} outline={outline} />)}
            </div>
          )}
          <p class="after">
            <button
              type="button"
              class="quiet"
              disabled={state !== "done"}
              onClick={() => saveFile(`${id}.json`, "application/json", frameJson(frame))}
            >
              Save the numbers (JSON)
            </button>
          </p>
        </div>
      </div>
    </div>
  );
}

function initialValues(demo: NonNullable<PaperPage["demo"]>): Values {
  return Object.fromEntries(
    Object.entries(demo.controls).map(([name, control]) => [
      name,
      control.kind === "file" ? undefined : control.value,
    ]),
  );
}

/** A frame as JSON, its typed arrays as lists. */
function frameJson(frame: unknown): string {
  return JSON.stringify(frame, (_, value: unknown) =>
    ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value,
  );
}

function statusText(state: DemoPlayer["state"]["value"], stage: string | undefined): string {
  switch (state) {
    case "idle":
      return "Ready";
    case "running":
    case "stepping":
      return stage === undefined ? "Computing" : stage.charAt(0).toUpperCase() + stage.slice(1);
    case "paused":
      return "Paused";
    case "done":
      return "Finished";
    case "stopped":
      return "Stopped; its worker is freed";
    case "failed":
      return "Failed; its worker is freed";
  }
}
