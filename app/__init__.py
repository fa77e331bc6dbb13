"""The program: command line, main window, session, actions, settings, start page."""
