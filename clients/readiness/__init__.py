"""Does a small business need social media at all? A check with an honest answer, which may be no."""
