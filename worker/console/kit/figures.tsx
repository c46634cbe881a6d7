import type { ComponentChildren } from 'preact'

/** Figures, each under its name. */
export const Figures = ({ of }: { of: readonly (readonly [name: string, figure: ComponentChildren])[] }) => (
  <dl class="figures">
    {of.map(([name, figure]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{figure}</dd>
      </div>
    ))}
  </dl>
)
