"""Programs that speak to Cryptobot from outside; nothing here knows how it is built inside."""
