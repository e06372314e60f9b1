// `rtstruct view` serves another file in place of this one: there, SQL and the viewer answer.
rtstruct.live = false;
