// Charts of the home page: drawn from what stands in the page, in the page's own colours; redrawn when those change.
(() => {
  const places = [...document.querySelectorAll("[data-chart]")];
  if (!window.echarts || !places.length) return;
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const written = (number) => number.toLocaleString("en-US", { maximumFractionDigits: 2 }).replace("-", "\u2212");
  const short = (number) => {
    const [unit, letter] = Math.abs(number) >= 1e6 ? [1e6, "M"] : Math.abs(number) >= 1e4 ? [1e3, "k"] : [1, ""];
    return written(Math.round((number / unit) * 10) / 10) + letter;
  };

  const option = (chart) => {
    const ink = style("--ink-soft"), line = style("--line");
    const names = { type: "category", data: chart.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: line } }, axisLabel: chart.sideways ? { color: ink, width: innerWidth < 768 ? 140 : 260, overflow: "break" } : { color: ink, hideOverlap: true }, inverse: chart.sideways };
    const amounts = { type: "value", splitLine: { lineStyle: { color: line } }, axisLabel: { color: ink, formatter: short }, splitNumber: 4, minInterval: chart.scale === 1 ? 1 : 0 };
    const many = chart.series.length > 1;
    return {
      animation: false,
      color: [style("--accent"), style("--slate"), style("--gold"), style("--diamond")],
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 8, right: 16, top: many ? (chart.series.length > 3 ? 64 : 40) : 16, bottom: 8, containLabel: true },
      legend: many ? { top: 0, left: 0, textStyle: { color: ink }, icon: "roundRect", itemWidth: 12, itemHeight: 12 } : undefined,
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, confine: true, valueFormatter: written, backgroundColor: style("--card"), borderColor: line, textStyle: { color: style("--ink") } },
      xAxis: chart.sideways ? amounts : names,
      yAxis: chart.sideways ? names : amounts,
      series: chart.series.map((one) => ({
        name: one.name, type: "bar", stack: "all", barMaxWidth: 32, emphasis: { focus: "series" },
        data: one.values.map((value) => value / chart.scale),
      })),
    };
  };

  const drawn = places.map((place) => [echarts.init(place), JSON.parse(place.dataset.chart)]);
  const draw = () => drawn.forEach(([chart, data]) => chart.setOption(option(data), true));
  draw();
  addEventListener("resize", () => drawn.forEach(([chart]) => chart.resize()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
})();
