"""Ids of elements that callbacks, scripts and tests name; nothing else writes them out."""

from __future__ import annotations

LOCATION = "fh-location"
PAGE = "fh-page"
HEADER = "fh-header"
BANNERS = "fh-banners"
ANNOUNCE = "fh-announce"

BOARD = "board"
BOARD_MOUNTED = "board-mounted"
BOARD_FIGURES = "board-figures"
BOARD_HERO = "board-hero"
BOARD_INCIDENTS = "board-incidents"
BOARD_WHO = "board-who"
BOARD_TEAMS = "board-teams"
BOARD_WATCHES = "board-watches"
BOARD_FEED = "board-feed"
BOARD_MAP = "board-map"
BOARD_MAP_WANTED = "board-map-wanted"
BOARD_MAP_GRAPH = "board-map-graph"
BOARD_TILES = "board-tiles"
