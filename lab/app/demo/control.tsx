import type { Control, GivenFile, NumberControl, PointGroups, TextControl } from "ockham/demo";
import { useId } from "preact/hooks";
import { DrawnGraph } from "./drawn-graph.tsx";
import { DrawnPoints } from "./drawn-points.tsx";
import { DropZone } from "./drop-zone.tsx";

interface Props<C extends Control, V> {
  readonly name: string;
  readonly control: C;
  readonly value: V;
  readonly onChange: (value: V | undefined) => void;
}

export function ControlOf({ name, control, value, onChange }: Props<Control, unknown>) {
  switch (control.kind) {
    case "number":
      return <Slider {...{ name, control, onChange }} value={value as number} />;
    case "choice":
      return (
        <Labelled label={control.label}>
          {(id) => (
            <select
              id={id}
              name={name}
              value={value as string}
              onChange={(e) => onChange(e.currentTarget.value)}
            >
              {Object.entries(control.options).map(([option, label]) => (
                <option key={option} value={option}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Labelled>
      );
    case "seed":
      return (
        <Labelled label={control.label}>
          {(id) => (
            <input
              id={id}
              name={name}
              type="number"
              min={0}
              max={2 ** 32 - 1}
              step={1}
              value={value as number}
              onInput={(e) => onChange(e.currentTarget.valueAsNumber)}
            />
          )}
        </Labelled>
      );
    case "text":
      return <TextField {...{ name, control, onChange }} value={value as string} />;
    case "file":
      return <DropZone control={control} file={value as GivenFile | undefined} onFile={onChange} />;
    case "points":
      return <DrawnPoints control={control} groups={value as PointGroups} onChange={onChange} />;
    case "graph":
      return <DrawnGraph control={control} text={value as string} onChange={onChange} />;
  }
}

function Labelled(props: { label: string; children: (id: string) => preact.ComponentChildren }) {
  const id = useId();
  return (
    <div class="control">
      <label for={id}>{props.label}</label>
      {props.children(id)}
    </div>
  );
}

const notches = 200;

/** A logarithmic slider moves in equal ratios. */
function Slider({ name, control, value, onChange }: Props<NumberControl, number>) {
  const id = useId();
  const { min, max, step = 1, unit } = control;
  const log = control.scale === "log";
  const position = log ? (notches * Math.log(value / min)) / Math.log(max / min) : value;
  const of = (at: number): number =>
    log ? Number(Math.min(max, Math.max(min, min * (max / min) ** (at / notches))).toPrecision(3)) : at;
  const text = `${String(Number(value.toPrecision(4))).replace("-", "\u2212")}${unit ? `\u2009${unit}` : ""}`;
  return (
    <div class="control slider">
      <label for={id}>{control.label}</label>
      <output for={id}>{text}</output>
      <input
        id={id}
        name={name}
        type="range"
        min={log ? 0 : min}
        max={log ? notches : max}
        step={log ? 1 : step}
        value={position}
        aria-valuetext={text}
        onInput={(e) => onChange(of(e.currentTarget.valueAsNumber))}
      />
    </div>
  );
}

function TextField({ name, control, value, onChange }: Props<TextControl, string>) {
  return (
    <Labelled label={control.label}>
      {(id) => (
        <>
          <input
            id={id}
            name={name}
            type="text"
            autocomplete="off"
            spellcheck={false}
            maxLength={control.maxLength}
            value={value}
            onInput={(e) => onChange(e.currentTarget.value)}
          />
          {control.examples && (
            <div class="examples">
              {control.examples.map((example) => (
                <button type="button" class="quiet" key={example} onClick={() => onChange(example)}>
                  {example}
                </button>
              ))}
            </div>
          )}
        </>
      )}
    </Labelled>
  );
}
