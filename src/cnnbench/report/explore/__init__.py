"""What the page lets a reader try: the mistakes one by one, two networks side by side, a threshold, leaving cases out.

All numbers are computed here and in `metrics`; the page's scripts draw them. They stand in a script beside the page for
each run, which is loaded when it is asked for: a page from disk may load scripts and pictures, and nothing else.
"""
