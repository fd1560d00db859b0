// The performance so far, in numbers and in words.

/** Figures of the closed trades and of the money; none where a figure has no value. */
export function performance(state) {
  const trades = state.trades;
  const won = trades.filter((trade) => trade.pnl > 0).map((trade) => trade.pnl);
  const lost = trades.filter((trade) => trade.pnl < 0).map((trade) => trade.pnl);
  const equity = state.cash + state.quantity * state.last_price;
  const gained = totalOf(won);
  const given = -totalOf(lost);
  return {
    trades: trades.length,
    win_rate: trades.length > 0 ? won.length / trades.length : null,
    profit_factor: given > 0 ? gained / given : null,
    realised: totalOf(trades.map((trade) => trade.pnl)),
    fees: totalOf(trades.map((trade) => trade.fees)),
    equity,
    total_return: state.start_cash > 0 ? equity / state.start_cash - 1 : null,
    max_drawdown: -state.drawdown,
    position: state.quantity,
  };
}

/** Sum of the values. */
export function totalOf(values) {
  let total = 0;
  for (const value of values) {
    total += value;
  }
  return total;
}
