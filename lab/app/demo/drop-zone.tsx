import { useSignal } from "@preact/signals";
import { controlValues, type FileControl, type GivenFile } from "ockham/demo";
import { useId, useRef } from "preact/hooks";
import { formatBytes } from "../format.ts";

/** Takes one file of the reader's own, by dropping or choosing it, and refuses what the demo could not read. */
export function DropZone(props: {
  control: FileControl;
  file: GivenFile | undefined;
  onFile: (file: GivenFile | undefined) => void;
}) {
  const { control, file, onFile } = props;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const over = useSignal(false);
  const problem = useSignal("");

  const take = async (files: FileList | null): Promise<void> => {
    problem.value = "";
    if (!files || files.length === 0) return;
    try {
      if (files.length > 1) throw new Error(`one file at a time, please; got ${files.length}`);
      const [chosen] = files as unknown as [File];
      // Checked by its size before it is read into memory.
      if (chosen.size > control.maxBytes)
        throw new Error(
          `${chosen.name} has ${formatBytes(chosen.size)}; at most ${formatBytes(control.maxBytes)} can be read here. The command line takes larger ones.`,
        );
      const given = { name: chosen.name, bytes: new Uint8Array(await chosen.arrayBuffer()) };
      controlValues({ file: control }, { file: given });
      onFile(given);
    } catch (error) {
      onFile(undefined);
      problem.value = (error as Error).message;
    }
    if (input.current) input.current.value = "";
  };

  return (
    <div class="control">
      <span class="label" id={`${id}-label`}>
        {control.label}
      </span>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is for pointers; the button does the same */}
      <div
        class={`drop-zone ${over.value ? "over" : ""}`}
        onDragOver={(event) => {
          event.preventDefault();
          over.value = true;
        }}
        onDragLeave={() => {
          over.value = false;
        }}
        onDrop={(event) => {
          event.preventDefault();
          over.value = false;
          take(event.dataTransfer?.files ?? null);
        }}
      >
        <p id={`${id}-says`}>{control.says}</p>
        <p>
          <label class="button" for={id}>
            Choose a file
          </label>
          <input
            ref={input}
            id={id}
            class="visually-hidden"
            type="file"
            accept={[...control.accept, ".gz"].join(",")}
            aria-labelledby={`${id}-label`}
            aria-describedby={`${id}-says`}
            onChange={({ currentTarget }) => take(currentTarget.files)}
          />
          <span class="hint">
            or drop it here · {control.accept.join(" ")} · up to {formatBytes(control.maxBytes)}
          </span>
        </p>
        {file && (
          <p class="given">
            <strong>{file.name}</strong> ({formatBytes(file.bytes.length)}), read in this page only{" "}
            <button type="button" class="quiet" onClick={() => onFile(undefined)}>
              Remove
            </button>
          </p>
        )}
        {problem.value && (
          <p class="failure" role="alert">
            {problem}
          </p>
        )}
      </div>
    </div>
  );
}
