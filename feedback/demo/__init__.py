"""What a first start shows: an invented agency with its clients and what their customers said, and the first keys."""
