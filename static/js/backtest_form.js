// Another strategy brings its own market and candles along, unless somebody has chosen others.
const own = JSON.parse(document.getElementById("own-values")?.textContent ?? "{}");
const [strategy, market, timeframe] = ["strategy", "market", "timeframe"].map((name) => document.querySelector(`select[name=${name}]`));

function follow() {
  const brought = own[strategy.value];
  timeframe.options[0].textContent = brought ? `As the strategy says (${brought.timeframe})` : "As the strategy says";
  return brought;
}

if (strategy) {
  follow();
  strategy.addEventListener("change", () => {
    const brought = follow();
    if (brought?.market) market.value = brought.market;
    timeframe.value = "";
  });
}
