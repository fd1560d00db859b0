"""The paper venue as Binance: its addresses, its words, its signatures."""
