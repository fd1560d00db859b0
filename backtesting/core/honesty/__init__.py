"""How far a backtest can be believed: look-ahead, warm-up, luck, overfitting, costs, time."""
