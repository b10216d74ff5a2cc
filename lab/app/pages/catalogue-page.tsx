import { cards } from "virtual:ockham/catalogue";
import { useComputed, useSignal } from "@preact/signals";
import type { PaperCard } from "../../content/content.ts";
import { fields } from "../fields.ts";
import { hrefOf, replaceQuery, route } from "../router.ts";
import { search, searchState } from "../search/search.ts";

const states = {
  all: "All",
  live: "Live demo",
  measured: "Measured",
  met: "All claims met",
  missed: "Some claims missed",
  built: "Built, not yet measured",
  planned: "Planned",
} as const;
type State = keyof typeof states;

const orders = { relevance: "Built first", year: "Year", name: "Name", speed: "Speed-up" } as const;
type Order = keyof typeof orders;

export function CataloguePage() {
  const { query } = route.value;
  const text = query.get("q") ?? "";
  const field = query.get("field") ?? "";
  const state = known(states, query.get("state")) ?? "all";
  const order = known(orders, query.get("sort")) ?? "relevance";
  const set = (name: string, value: string, standard: string): void => {
    const next = new URLSearchParams(route.value.query);
    if (value === standard) next.delete(name);
    else next.set(name, value);
    replaceQuery(next);
  };
  const ranked = search(text);
  const shown = sorted(
    ranked.filter((card) => (field === "" || card.field === field) && inState(card, state)),
    order,
    text,
  );
  const built = useComputed(() => cards.filter(({ state }) => state !== "planned").length);
  const status = useSignal("");
  status.value = `${shown.length} ${shown.length === 1 ? "paper" : "papers"}${text && ` for “${text}”`}`;

  return (
    <div class="catalogue">
      <section class="hero">
        <div>
          <h1>Research methods that do more with less</h1>
          <p>
            Fewer steps, lower rank, fewer weights, fewer passes. Read the idea of a paper, move its sliders,
            and watch it beat its baseline, or not: every claim is measured again, and misses are shown.{" "}
            {built} of {cards.length} papers are built so far.
          </p>
        </div>
        <Scoreboard />
      </section>
      <search class="filters">
        <label class="search-field">
          <span>Search</span>
          <input
            type="search"
            value={text}
            placeholder="Describe what you need, in any words"
            autocomplete="off"
            spellcheck={false}
            onFocus={searchState.prepare}
            onInput={({ currentTarget }) => set("q", currentTarget.value, "")}
          />
        </label>
        <label>
          <span>Field</span>
          <select value={field} onChange={({ currentTarget }) => set("field", currentTarget.value, "")}>
            <option value="">All fields</option>
            {[...new Set(cards.map(({ field }) => field))].map((name) => (
              <option key={name} value={name}>
                {fields[name]}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>State</span>
          <select value={state} onChange={({ currentTarget }) => set("state", currentTarget.value, "all")}>
            {Object.entries(states).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>Sort by</span>
          <select
            value={order}
            onChange={({ currentTarget }) => set("sort", currentTarget.value, "relevance")}
          >
            {Object.entries(orders).map(([value, label]) => (
              <option key={value} value={value}>
                {value === "relevance" && text ? "Relevance" : label}
              </option>
            ))}
          </select>
        </label>
        <p class="search-note" role="status">
          {status}
          {text && searchState.mode.value === "meaning" && ", ranked by meaning (MUVERA)"}
          {text && searchState.mode.value === "loading" && ", ranked by words; meaning is loading"}
        </p>
      </search>
      {shown.length === 0 ? (
        <p class="empty">No paper fits. Try fewer filters or other words.</p>
      ) : (
        <ol class="cards" aria-label="Papers">
          {shown.map((card) => (
            <Card key={card.id} card={card} />
          ))}
        </ol>
      )}
    </div>
  );
}

/** Every claim that was measured as a dot, a line of dots for each paper. */
function Scoreboard() {
  const measured = cards.filter(({ met }) => met !== undefined).toSorted((a, b) => b.met![1] - a.met![1]);
  const met = measured.reduce((sum, { met }) => sum + met![0], 0);
  const all = measured.reduce((sum, { met }) => sum + met![1], 0);
  const most = Math.max(...measured.map(({ met }) => met![1]));
  const step = 14;
  return (
    <figure class="scoreboard">
      <svg
        viewBox={`0 0 ${step * measured.length} ${step * most}`}
        preserveAspectRatio="xMinYMax"
        role="img"
        aria-label={`${met} of ${all} claims of ${measured.length} papers were met when measured again`}
      >
        {measured.map(({ id, title, met }, column) => (
          <g key={id}>
            <title>{`${title}: ${met![0]} of ${met![1]} claims met`}</title>
            {Array.from({ length: met![1] }, (_, row) => (
              <circle
                key={row}
                class={row < met![0] ? "met" : "missed"}
                cx={step * (column + 0.5)}
                cy={step * (most - row - 0.5)}
                r={row < met![0] ? 4.6 : 4}
              />
            ))}
          </g>
        ))}
      </svg>
      <figcaption>
        Each column is a paper, each dot a claim measured again: <b class="met">{met} met</b>,{" "}
        <b class="missed">{all - met} not</b>.
      </figcaption>
    </figure>
  );
}

function Card({ card }: { card: PaperCard }) {
  const { headline, met } = card;
  return (
    <li class={`card ${card.state}`}>
      <p class="eyebrow">
        <span>{fields[card.field]}</span>
        <span>{card.year}</span>
        {card.demo && <span class="badge live">Live demo</span>}
        {card.state === "planned" && <span class="badge">Planned</span>}
      </p>
      <h2>
        <a href={hrefOf(card.id)}>{card.title}</a>
      </h2>
      <p class="promise">{card.summary}</p>
      {headline && met && (
        <dl class={`headline ${headline.pass === false ? "missed" : ""}`}>
          <dt>{headline.says}</dt>
          <dd>
            <strong>{headline.measured.replace(/ \(.*/, "")}</strong>
            <span>
              bar {headline.bar} · {met[0]} of {met[1]} claims met
            </span>
          </dd>
        </dl>
      )}
      {card.state === "built" && <p class="not-measured">Built; its full run is yet to come.</p>}
    </li>
  );
}

function inState(card: PaperCard, state: State): boolean {
  switch (state) {
    case "all":
      return true;
    case "live":
      return card.demo;
    case "met":
      return card.met !== undefined && card.met[0] === card.met[1];
    case "missed":
      return card.met !== undefined && card.met[0] < card.met[1];
    default:
      return card.state === state;
  }
}

const rank = { measured: 0, built: 1, planned: 2 };

function sorted(list: readonly PaperCard[], order: Order, text: string): PaperCard[] {
  const by = (compare: (a: PaperCard, b: PaperCard) => number): PaperCard[] => list.toSorted(compare);
  switch (order) {
    case "year":
      return by((a, b) => b.year - a.year || a.title.localeCompare(b.title));
    case "name":
      return by((a, b) => a.title.localeCompare(b.title));
    case "speed":
      return by((a, b) => (b.speedUp ?? 0) - (a.speedUp ?? 0) || rank[a.state] - rank[b.state]);
    default:
      return text === ""
        ? by((a, b) => Number(b.demo) - Number(a.demo) || rank[a.state] - rank[b.state])
        : [...list];
  }
}

function known<T extends object>(table: T, name: string | null): (keyof T & string) | undefined {
  return name !== null && Object.hasOwn(table, name) ? (name as keyof T & string) : undefined;
}
