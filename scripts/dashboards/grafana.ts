// Grafana's JSON of a page. Its types and defaults are Grafana's own (@grafana/grafana-foundation-sdk).
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import type { Page, Panel } from './pages.ts';
import { FIRING_ALERTS, STARTED } from './pages.ts';

const SOURCE = { type: 'prometheus', uid: '${datasource}' };
const TAG = 'part-payment-orders';
const COLUMNS = 24;
const SIZES = {
  number: { span: COLUMNS / 6, height: 4 },
  lines: { span: COLUMNS / 2, height: 8 },
  areas: { span: COLUMNS / 2, height: 8 },
  table: { span: COLUMNS / 2, height: 6 },
} as const;

/** Where links lead: of `docs`, and of the namespace in the Temporal UI. Whoever looks at a page can change both at its top. */
export type Addresses = { docs: string; temporalUi: string };
const inTheUi = (query: string) => `\${temporal_ui:raw}/workflows?query=${encodeURIComponent(query)}`;
const OPEN = `WorkflowType = 'orderWorkflow' AND ExecutionStatus = 'Running'`;

const link = (title: string, url: string) => new dashboard.DashboardLinkBuilder(title).url(url).targetBlank(true);
const whatToDo = (page: string) => link('What to do', `\${docs:raw}/${page}`);

function target(
  { expr, legend }: Panel['queries'][number],
  at: number,
  shows: Panel['shows'],
): prometheus.DataqueryBuilder {
  const query = new prometheus.DataqueryBuilder()
    .datasource(SOURCE)
    .refId(String.fromCodePoint('A'.charCodeAt(0) + at))
    .expr(expr);
  if (legend !== undefined) query.legendFormat(legend);
  if (shows === 'number') return query.instant();
  if (shows === 'table') return query.instant().format(prometheus.PromQueryFormat.Table);
  return query.range();
}

function thresholds(red: Panel['red']): dashboard.ThresholdsConfigBuilder {
  const steps: dashboard.Threshold[] =
    red === undefined
      ? [{ value: null, color: 'blue' }]
      : typeof red === 'number'
        ? [
            { value: null, color: 'green' },
            { value: red, color: 'red' },
          ]
        : [
            { value: null, color: 'red' },
            { value: red.below + 1, color: 'green' },
          ];
  return new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps(steps);
}

function number({ red }: Panel): stat.PanelBuilder {
  return new stat.PanelBuilder()
    .thresholds(thresholds(red))
    .colorMode(red === undefined ? common.BigValueColorMode.None : common.BigValueColorMode.Background)
    .graphMode(common.BigValueGraphMode.None)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']));
}

function lines({ shows }: Panel): timeseries.PanelBuilder {
  const panel = new timeseries.PanelBuilder()
    .min(0)
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.PaletteClassic))
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi));
  if (shows === 'lines') return panel;
  return panel.fillOpacity(40).stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
}

/** A column for each label and each query; the labels `reason` and `alertname` lead on. */
function rows({ queries }: Panel): table.PanelBuilder {
  const values = queries.map(({ legend = 'value' }, at) => {
    const column = queries.length === 1 ? 'Value' : `Value #${String.fromCodePoint('A'.charCodeAt(0) + at)}`;
    return [column, legend] as const;
  });
  const made = new table.PanelBuilder()
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: { excludeByName: { Time: true }, renameByName: Object.fromEntries(values) },
    })
    .overrideByName('reason', [
      {
        id: 'links',
        value: [
          {
            title: 'These orders in the Temporal UI',
            url: inTheUi(`${OPEN} AND OrderAttention = 'REASON'`).replace('REASON', '${__value.raw}'),
            targetBlank: true,
          },
        ],
      },
    ])
    .overrideByName('alertname', [
      { id: 'links', value: [{ title: 'Its page', url: '${docs:raw}/runbooks/README.md', targetBlank: true }] },
    ]);
  for (const { legend = '', unit } of queries)
    if (unit !== undefined) made.overrideByName(legend, [{ id: 'unit', value: unit }]);
  return made;
}

const MAKERS = { number, lines, areas: lines, table: rows } as const;

function build(panel: Panel, id: number) {
  const { shows, title, what, unit, page, quiet } = panel;
  const made = MAKERS[shows](panel)
    .id(id)
    .title(title)
    .description(what)
    .datasource(SOURCE)
    .span(SIZES[shows].span)
    .height(SIZES[shows].height)
    .targets(panel.queries.map((query, at) => target(query, at, shows)));
  if (unit !== undefined) made.unit(unit);
  if (quiet !== undefined) made.noValue(quiet);
  if (page !== undefined) made.links([whatToDo(page)]);
  return made;
}

function variables({ docs, temporalUi }: Addresses): Parameters<dashboard.DashboardBuilder['withVariable']>[0][] {
  const source = new dashboard.DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus');
  const merchant = new dashboard.QueryVariableBuilder('merchant')
    .label('Merchant')
    .datasource(SOURCE)
    .query('label_values(orders, merchant_id)')
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all' });
  const address = (name: string, label: string, value: string) =>
    new dashboard.TextBoxVariableBuilder(name).label(label).defaultValue(value).current({ text: value, value });
  return [source, merchant, address('docs', 'docs', docs), address('temporal_ui', 'Temporal UI', temporalUi)];
}

function annotation(name: string, color: string, expr: string) {
  return new dashboard.AnnotationQueryBuilder().name(name).datasource(SOURCE).enable(true).iconColor(color).expr(expr);
}

function annotations(): dashboard.AnnotationQueryBuilder[] {
  return [
    annotation('Alerts', 'red', FIRING_ALERTS)
      .titleFormat('{{alertname}}')
      .textFormat('{{merchant_id}} {{reason}} {{call}}')
      .tagKeys('severity'),
    annotation('Starts of processes', 'blue', `1000 * (${STARTED})`)
      .titleFormat('{{job}} started')
      .textFormat('{{instance}}')
      .useValueForTime(true),
  ];
}

export function grafanaDashboard(
  { uid, title, question, rows: groups }: Page,
  addresses: Addresses,
): dashboard.Dashboard {
  const made = new dashboard.DashboardBuilder(title)
    .uid(uid)
    .description(question)
    .tags([TAG])
    .timezone('browser')
    .time({ from: 'now-6h', to: 'now' })
    .refresh('30s')
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .readonly()
    .annotations(annotations())
    .links([
      new dashboard.DashboardLinkBuilder('Pages')
        .type(dashboard.DashboardLinkType.Dashboards)
        .tags([TAG])
        .keepTime(true)
        .includeVars(true),
      link('Runbooks', '${docs:raw}/runbooks/README.md'),
      link('Orders that need a human', inTheUi(`${OPEN} AND OrderAttention IS NOT NULL`)),
      link('Stuck orders', inTheUi('TemporalReportedProblems IS NOT NULL')),
    ]);
  for (const variable of variables(addresses)) made.withVariable(variable);
  let id = 1;
  for (const { title: heading, panels } of groups) {
    made.withRow(new dashboard.RowBuilder(heading).id(id++));
    for (const panel of panels) made.withPanel(build(panel, id++));
  }
  return made.build();
}
