namespace Pipeline.Kola.Machines.Guests;

/// <summary>How long a guest agent may take.</summary>
/// <param name="Handshake">
/// For the first synchronisation. Short, since a request that is sent while no agent listens is never answered and has to be sent again.
/// </param>
/// <param name="Answer">For the answer of an agent that has synchronised. Long, since a guest that has just booted may be busy.</param>
internal readonly record struct AgentPatience(TimeSpan Handshake, TimeSpan Answer);
