import { cards } from "virtual:ockham/catalogue";
import { pages } from "virtual:ockham/pages";
import { useSignal, useSignalEffect } from "@preact/signals";
import type { ClaimRow, PaperPage as Page, PaperCard } from "../../content/content.ts";
import { Blocks, Code } from "../blocks.tsx";
import { DemoPanel } from "../demo/demo-panel.tsx";
import { fields } from "../fields.ts";
import { hrefOf } from "../router.ts";

export function PaperPage({ card }: { card: PaperCard }) {
  const page = useSignal<Page | undefined>(undefined);
  const failure = useSignal("");
  useSignalEffect(() => {
    pages[card.id]?.().then(
      (module) => {
        page.value = module.page;
      },
      () => {
        failure.value = "This page could not be loaded. Reload it to try again.";
      },
    );
  });
  return (
    <article class="paper">
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href={hrefOf()}>Papers</a>
        <span aria-hidden="true">/</span>
        <a href={`${hrefOf()}?field=${card.field}`}>{fields[card.field]}</a>
      </nav>
      <header class="paper-head">
        <h1>{card.title}</h1>
        <p class="lede">{card.summary}</p>
        <ul class="facts">
          <li>{card.year}</li>
          {card.arxiv && (
            <li>
              <a href={`https://arxiv.org/abs/${card.arxiv}`} rel="noreferrer" target="_blank">
                arXiv {card.arxiv}
              </a>
            </li>
          )}
          {card.met && (
            <li>
              {card.met[0]} of {card.met[1]} claims met
            </li>
          )}
          {card.state === "built" && <li>built, not yet measured in full</li>}
          {card.state === "planned" && <li>planned</li>}
        </ul>
      </header>
      {failure.value && <p role="alert">{failure}</p>}
      {card.state === "planned" ? (
        <section class="planned">
          <h2>Not built yet</h2>
          <p>
            This paper is on the list. Until its method and its experiment are here, there is nothing to run
            and no figure to show. <a href={`${hrefOf()}?state=live`}>Papers with a live demo</a>
          </p>
          <Neighbours card={card} />
          <section aria-labelledby="cite">
            <h2 id="cite">Cite the paper</h2>
            <p>
              <cite>{card.title}</cite>, {card.year}
              {card.arxiv && `, arXiv:${card.arxiv}`}.
            </p>
          </section>
        </section>
      ) : (
        page.value && <Built card={card} page={page.value} />
      )}
      {card.state !== "planned" && !page.value && <div class="page-waiting" aria-busy="true" />}
    </article>
  );
}

/** Papers of the same field that can be read and run already. */
function Neighbours({ card }: { card: PaperCard }) {
  const built = cards.filter(({ field, state }) => field === card.field && state !== "planned");
  if (built.length === 0) return null;
  return (
    <section aria-labelledby="near">
      <h2 id="near">Built in the same field</h2>
      <ul class="near">
        {built.map(({ id, title, summary }) => (
          <li key={id}>
            <a href={hrefOf(id)}>{title}</a>
            <p>{summary}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Built({ card, page }: { card: PaperCard; page: Page }) {
  const sections = [
    page.demo && ["demo", "Try it"],
    page.purpose.length > 0 && ["purpose", "What it is for"],
    page.idea.length > 0 && ["idea", "The idea"],
    ["claims", "Measured claims"],
    ["use", "Use it"],
    ["cite", "Cite"],
  ].filter((entry) => Array.isArray(entry)) as [string, string][];
  return (
    <>
      <nav class="contents" aria-label="On this page">
        {sections.map(([id, title]) => (
          <a key={id} href={`#${id}`}>
            {title}
          </a>
        ))}
      </nav>
      {page.demo && (
        <section id="demo" aria-labelledby="demo-title">
          <h2 id="demo-title">Try it</h2>
          <DemoPanel id={card.id} demo={page.demo} />
        </section>
      )}
      <div class="two">
        {page.purpose.length > 0 && (
          <section id="purpose" aria-labelledby="purpose-title">
            <h2 id="purpose-title">What it is for</h2>
            <Blocks blocks={page.purpose} />
          </section>
        )}
        {page.avoid.length > 0 && (
          <section aria-labelledby="avoid-title">
            <h2 id="avoid-title">When not to use it</h2>
            <Blocks blocks={page.avoid} />
          </section>
        )}
      </div>
      {page.idea.length > 0 && (
        <section id="idea" aria-labelledby="idea-title" class="reading">
          <h2 id="idea-title">The idea</h2>
          <Blocks blocks={page.idea} />
        </section>
      )}
      <section id="claims" aria-labelledby="claims-title">
        <h2 id="claims-title">Measured claims</h2>
        <Claims rows={page.claims} measured={page.run !== undefined} />
        {page.run && <RunFacts id={card.id} run={page.run} />}
        {page.figures.length > 0 && (
          <div class="figures">
            {page.figures.map(({ title, url }) => (
              <figure key={url}>
                <img src={url} alt={title} loading="lazy" width="640" height="400" />
                <figcaption>
                  {title}{" "}
                  <a href={url} download>
                    SVG
                  </a>
                </figcaption>
              </figure>
            ))}
          </div>
        )}
        {page.experiment.length > 0 && (
          <details class="experiment">
            <summary>How it is measured</summary>
            <Blocks blocks={page.experiment} />
          </details>
        )}
      </section>
      <section id="use" aria-labelledby="use-title" class="reading">
        <h2 id="use-title">Use it</h2>
        {page.use.map(({ title, blocks }) => (
          <section key={title}>
            <h3>{title}</h3>
            <Blocks blocks={blocks} />
          </section>
        ))}
        <h3>Measure the claims yourself</h3>
        <Code language="sh" code={`npx ockham run ${card.id}\nnpx ockham run ${card.id} --full\n`} />
      </section>
      <section id="cite" aria-labelledby="cite-title" class="reading">
        <h2 id="cite-title">Cite the paper</h2>
        <Blocks blocks={[{ kind: "html", html: page.citation }]} />
        <Code language="bibtex" code={`${page.bibtex}\n`} />
      </section>
    </>
  );
}

function Claims({ rows, measured }: { rows: readonly ClaimRow[]; measured: boolean }) {
  return (
    // A wide table scrolls by itself: reachable with the keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must take the focus
    <section class="scroller" aria-label="Claims, a table that scrolls" tabIndex={0}>
      <table class="claims">
        <thead>
          <tr>
            <th scope="col">Claim</th>
            <th scope="col">The paper says</th>
            <th scope="col">Measured here</th>
            {measured && <th scope="col">Bar</th>}
            {measured && <th scope="col">Verdict</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, says, paper, measured: value, bar, pass, skipped }) => (
            <tr key={id} class={pass === false ? "missed" : ""}>
              <th scope="row">{says}</th>
              <td>{paper}</td>
              <td class="value">{skipped ? `skipped: ${skipped}` : value}</td>
              {measured && <td class="bar">{bar}</td>}
              {measured && (
                <td>
                  <span class={`verdict ${pass === null ? "skipped" : pass ? "met" : "missed"}`}>
                    {pass === null ? "skipped" : pass ? "met" : "missed"}
                  </span>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function RunFacts({ id, run }: { id: string; run: NonNullable<Page["run"]> }) {
  const { cpu, cores, node, lapack, ort, ...rest } = run.environment;
  const facts = { cpu, cores, node, lapack, ort, ...rest };
  return (
    <details class="environment">
      <summary>
        From <code>ockham run {id} --full</code>: {run.seeds} {run.seeds === 1 ? "seed" : "seeds"},{" "}
        {Math.round(run.seconds)} s on {cores} cores ({cpu})
      </summary>
      <dl>
        {Object.entries(facts).map(
          ([name, value]) => value !== undefined && [<dt>{name}</dt>, <dd>{value}</dd>],
        )}
      </dl>
    </details>
  );
}
