"""The server of the review page: what experts look at, and how their votes come in."""

from bentjets.review.server.app import make_app
from bentjets.review.server.pictures import Files, Pictures
from bentjets.review.server.queue import ORDERS, Queue, find_conflicts, make_queue
from bentjets.review.server.room import Room, Showing
from bentjets.review.server.running import listen, names_of, serve
from bentjets.review.server.security import Limits, Sessions, make_token
from bentjets.review.server.sources import Sources, Tables

__all__ = [
    "ORDERS",
    "Files",
    "Limits",
    "Pictures",
    "Queue",
    "Room",
    "Sessions",
    "Showing",
    "Sources",
    "Tables",
    "find_conflicts",
    "listen",
    "make_app",
    "make_queue",
    "make_token",
    "names_of",
    "serve",
]
